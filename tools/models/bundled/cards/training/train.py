"""Trains the network of the cards expert on drawn cards.

    python -m tools.models.bundled.cards.training.train --fonts DIR --out FILE --seed 0

DIR holds fonts (.ttf, .otf) at any depth. The weights in the package were made with those of some ninety Debian
packages: fonts-dejavu, -liberation, -freefont-ttf, -lato, -roboto, -urw-base35, -texgyre, -linuxlibertine, -junicode,
-ebgaramond, -oldstandard, -cabin, -dosis, -inter, -open-sans, -adf-*, -gfs-*, -averia-*, -sil-* and others alike.
A fifth of their families is held out, with other pip variants and other ranges of tilt and damage, to validate and
to calibrate on. Drawings and the state of the training are kept in --work, so that a run that was stopped goes on.

The weights in the package: `--count 8000 --cycles 3`, then `--cycles 4 --epochs 2 --rate 1e-3`; 32,000 drawings of
7 ms and 304,000 passes of 5 ms, so about half an hour of one core. The first cycles drew fewer kinds of `clutter`
than there are now, so another run gives similar weights, not the same ones.
"""

import argparse
import time
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from tools.models.bundled.cards.card_names import RED
from tools.models.bundled.cards.card_network import KINDS, Network, folded, save
from tools.models.bundled.cards.training.glyphs import Face, faces
from tools.models.bundled.cards.training.scene import sample

CHUNK = 1000
"""The number of drawings in one file of the work folder."""
BATCH = 64
"""The number of drawings in one step of the training."""


@dataclass(slots=True, eq=False)
class Drawn:
    """Holds n drawings and what is on them.

    Attributes:
        pixels: (n, side, side, 3) uint8.
        kinds: (n, 3) int64, the positions of rank, suit and colour; -1 without a card.
        corners: (n, 4, 2) float32, the corners of the card in shares of the picture.
    """

    pixels: Tensor
    kinds: Tensor
    corners: Tensor

    @property
    def cards(self) -> Tensor:
        """Return whether there is a card on each drawing, (n,) bool."""
        return self.kinds[:, 0] >= 0


def drawings(folder: Path, fonts: Path, count: int, seed: int, *, held_out: bool) -> Drawn:
    """Read `count` drawings of a folder, rounded up to whole chunks; what is missing there is drawn first."""
    folder.mkdir(parents=True, exist_ok=True)
    families: list[list[Face]] = []
    parts = []
    for chunk in range(-(-count // CHUNK)):
        path = folder / f"{'held-out' if held_out else 'train'}-{seed}-{chunk:03}.npz"
        if not path.exists():
            families = families or faces(fonts, held_out=held_out)
            rng = np.random.default_rng([seed, chunk, int(held_out)])
            samples = [sample(rng, families, held_out=held_out) for _ in range(CHUNK)]
            kinds = [
                (s.rank, s.suit, -1 if s.suit < 0 else 2 if s.suit == 4 else int(s.suit in RED))
                for s in samples
            ]
            partial = path.with_suffix(".part.npz")
            np.savez(
                partial,
                pixels=np.stack([s.pixels for s in samples]),
                kinds=np.array(kinds, np.int64),
                corners=np.stack([s.corners for s in samples]),
            )
            partial.rename(path)
            print(f"drawn {path.name}", flush=True)
        with np.load(path) as data:
            parts.append([data["pixels"], data["kinds"], data["corners"]])
    columns = [np.concatenate([part[i] for part in parts]) for i in range(3)]
    return Drawn(*(torch.from_numpy(column) for column in columns))


def train(network: Network, drawn: Drawn, epochs: int, seed: int, state: Path, rate: float) -> None:
    """Train for `epochs` rounds over the drawings in one learning-rate cycle; goes on from the file `state`."""
    torch.manual_seed(seed)
    steps = len(drawn.pixels) // BATCH
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, rate, total_steps=steps * epochs, pct_start=0.1, final_div_factor=100
    )
    first = 0
    if state.exists():
        saved = torch.load(state, weights_only=True)
        network.load_state_dict(saved["network"])
        optimiser.load_state_dict(saved["optimiser"])
        schedule.load_state_dict(saved["schedule"])
        first = saved["epoch"]
    for epoch in range(first, epochs):
        start, random = time.monotonic(), torch.Generator().manual_seed(seed * 1000 + epoch)
        network.train()
        total = 0.0
        order = torch.randperm(len(drawn.pixels), generator=random)
        for step in range(steps):
            rows = order[step * BATCH : (step + 1) * BATCH]
            pictures, corners = _varied(drawn.pixels[rows], drawn.corners[rows], random)
            loss = _loss(network, pictures, corners, drawn.kinds[rows], epoch / epochs, random)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 2.0)
            optimiser.step()
            schedule.step()
            total += float(loss.detach())
        saved = {
            "network": network.state_dict(),
            "optimiser": optimiser.state_dict(),
            "schedule": schedule.state_dict(),
            "epoch": epoch + 1,
        }
        torch.save(saved, state.with_suffix(".part"))
        state.with_suffix(".part").rename(state)
        print(f"epoch {epoch + 1}: loss {total / steps:.3f}, {time.monotonic() - start:.0f} s", flush=True)


def tensor(pixels: Tensor) -> Tensor:
    """Turn pictures, (b, side, side, 3) uint8, into the network's input, (b, 3, side, side) float32 in -1..1."""
    return (pixels.permute(0, 3, 1, 2).float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)


def _varied(pixels: Tensor, corners: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Augment b pictures: move, stretch and recolour each a little. Also gives where the corners are then."""
    b = len(pixels)
    pictures = tensor(pixels)
    scale = 1 + 0.06 * torch.randn(b, 2, generator=random).clamp(-2, 2)
    shift = 0.03 * torch.randn(b, 2, generator=random).clamp(-2, 2)
    matrix = torch.zeros(b, 2, 3)
    matrix[:, 0, 0], matrix[:, 1, 1], matrix[:, :, 2] = scale[:, 0], scale[:, 1], shift
    matrix[:, 0, 1] = 0.02 * torch.randn(b, generator=random)
    grid = nn.functional.affine_grid(matrix, [b, 3, *pictures.shape[2:]], align_corners=False)
    pictures = nn.functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)
    places = torch.linalg.solve(matrix[:, None, :, :2], (corners * 2 - 1 - shift[:, None])[..., None])[..., 0]
    gain = 1 + 0.08 * torch.randn(b, 3, 1, 1, generator=random)
    bias = 0.08 * torch.randn(b, 1, 1, 1, generator=random)
    return pictures * gain + bias, (places + 1) / 2


def _loss(
    network: Network,
    pictures: Tensor,
    corners: Tensor,
    kinds: Tensor,
    progress: float,
    random: torch.Generator,
) -> Tensor:
    card = kinds[:, 0] >= 0
    located = network.locate(pictures)
    loss = nn.functional.binary_cross_entropy_with_logits(located.card, card.float())
    loss = loss + 10 * nn.functional.smooth_l1_loss(located.corners[card], corners[card], beta=0.05)
    # Corners to read by: the true ones a little moved, or those that the network located.
    noisy = corners + 0.02 * torch.randn(corners.shape, generator=random)
    by_located = torch.rand(len(card), generator=random) < (0.7 if progress > 0.2 else 0.0)
    by_located |= ~card
    chosen = torch.where(by_located[:, None, None], located.corners.detach(), noisy)
    keep_features = (torch.rand(len(card), 1, generator=random) > 0.3).float()
    reading, alone = network.read(pictures, chosen, located.features * keep_features)
    loss = loss + nn.functional.binary_cross_entropy_with_logits(reading.card, card.float())
    for named, read, truth in zip(reading.kinds, torch.split(alone, list(KINDS), 1), kinds.T, strict=True):
        for logits, weight in ((named, 1.0), (read, 0.5)):
            loss = loss + weight * nn.functional.cross_entropy(
                logits[card], truth[card], label_smoothing=0.03
            )
    return loss


@torch.inference_mode()
def judge(network: Network, drawn: Drawn) -> tuple[Tensor, list[Tensor]]:
    """Return (n,) logits of a card and the (n, 14), (n, 5) and (n, 3) logits of its kinds, as the expert gets them."""
    network.eval()
    cards, kinds = [], []
    for rows in torch.split(torch.arange(len(drawn.pixels)), BATCH):
        pictures = tensor(drawn.pixels[rows])
        located = network.locate(pictures)
        reading, _ = network.read(pictures, located.corners, located.features)
        cards.append(reading.card)
        kinds.append(reading.kinds)
    return torch.cat(cards), [torch.cat([k[i] for k in kinds]) for i in range(3)]


def calibrate(logits: Tensor, truth: Tensor) -> float:
    """Return the temperature in .5..4 with the least negative log likelihood (Guo et al. 2017).

    Args:
        logits: (n, classes), or (n,) for a binary decision.
        truth: (n,) classes or booleans.
    """
    best, least = 1.0, float("inf")
    for step in torch.linspace(0.5, 4.0, 71).tolist():
        if logits.ndim == 1:
            loss = nn.functional.binary_cross_entropy_with_logits(logits / step, truth.float())
        else:
            loss = nn.functional.cross_entropy(logits / step, truth)
        if float(loss) < least:
            best, least = step, float(loss)
    return best


def main() -> None:
    """Draw, train, calibrate and write the weights, cycle by cycle."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fonts", type=Path, required=True, help="folder of fonts")
    parser.add_argument("--out", type=Path, required=True, help="the .safetensors file to write")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--work", type=Path, default=Path("cards-work"), help="where drawings and state are kept"
    )
    parser.add_argument("--count", type=int, default=6000, help="new drawings in each cycle")
    parser.add_argument("--cycles", type=int, default=3, help="cycles of drawing more and training on all")
    parser.add_argument("--epochs", type=int, default=5, help="rounds over the drawings in each cycle")
    parser.add_argument("--rate", type=float, default=2e-3, help="highest learning rate of a cycle")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    network = Network().to(memory_format=torch.channels_last)
    for cycle in range(args.cycles):
        drawn = drawings(args.work, args.fonts, args.count * (cycle + 1), args.seed, held_out=False)
        state = args.work / f"state-{args.seed}-{cycle}.pt"
        train(network, drawn, args.epochs, args.seed + 100 * cycle, state, args.rate)
        del drawn
        held_out = drawings(args.work, args.fonts, 2000, args.seed + 1000, held_out=True)
        write(network, held_out, args.out)


def write(network: Network, held_out: Drawn, path: Path) -> None:
    """Calibrate a copy of the network on held-out drawings, print how well it does there, and write it."""
    network = folded(deepcopy(network))
    card, kinds = judge(network, held_out)
    seen = held_out.cards
    heats = [
        calibrate(card, seen),
        *(calibrate(k[seen], held_out.kinds[seen, i]) for i, k in enumerate(kinds)),
    ]
    right = [
        float((k[seen].argmax(1) == held_out.kinds[seen, i]).float().mean()) for i, k in enumerate(kinds)
    ]
    gate = float(((card > 0) == seen).float().mean())
    print(
        f"held out: card {gate:.3f}, rank, suit, colour {[round(r, 3) for r in right]}, temperatures {heats}"
    )
    save(network, (heats[0], heats[1], heats[2], heats[3]), path)


if __name__ == "__main__":
    main()
