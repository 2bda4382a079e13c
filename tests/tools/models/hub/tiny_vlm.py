"""A tiny image-text-to-text model of transformers (LLaVA's shape) that really looks: trained here, on drawn pictures.

It is saved with `save_pretrained` and loaded as any model of the hub is. It is asked in the words of the real
prompts: to describe colour and shape as JSON, and to judge whether a picture belongs to a group.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

import prompts
from tests.tools.models.hub import drawings
from tests.tools.models.hub.drawings import COLOURS, SHAPES, SIDE, Drawing, draw_many
from tools.models.hub import describer, interest
from tools.models.hub.judge import HubJudge
from tools.models.hub.vision_language import Conversation, VisionLanguage
from tools.models.ports import Evidence, Question

SEE_STEPS, NAME_STEPS, DESCRIBE_STEPS, JUDGE_STEPS = 300, 120, 60, 350
PICTURES, BATCH, RATE = 4000, 32, 2e-3
WIDTH, PATCH = 128, 16
TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}"
    "<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
CHOICES = {"colour": tuple(COLOURS), "shape": SHAPES}
QUESTIONS = (
    Question(None, ("colour", "shape"), CHOICES),
    Question("colour", ("colour",), {"colour": CHOICES["colour"]}),
    Question("shape", ("shape",)),
)


def recipe() -> str:
    """What the model depends on: another recipe or other prompts, another folder."""
    parts = [Path(__file__).read_bytes(), Path(drawings.__file__).read_bytes()]
    parts += [prompts.load(name).text.encode() for name in ("describe", "judge", "interest")]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]


def tiny_vlm(cache: Path) -> Path:
    """The folder of the trained model below `cache`; trained now unless an earlier run did. Safe among processes."""
    folder = cache / f"tiny-vlm-{recipe()}"
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / "tiny-vlm.lock"):
        if not (folder / "done").exists():
            train(folder)
            (folder / "done").touch()
    return folder


def train(folder: Path) -> None:
    """Make the model, teach it to see, then to answer, and write it to `folder`."""
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(0)
        build(folder)
        model = VisionLanguage(str(folder), device="cpu")
        pictures = draw_many(PICTURES, seed=2)
        see(model, pictures)
        talk(model, pictures)
        model.network.save_pretrained(folder)


def build(folder: Path) -> None:
    """An untrained model with its tokenizer and processor, from configurations."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import (
        CLIPImageProcessor,
        CLIPVisionConfig,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
        PreTrainedTokenizerFast,
    )

    special = ["<pad>", "<|end|>", "<|user|>", "<|assistant|>", "<image>"]
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    bytes_ = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=700, special_tokens=special, initial_alphabet=bytes_, show_progress=False
    )
    raw.train_from_iterator(_corpus(), trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw,
        pad_token="<pad>",
        eos_token="<|end|>",
        extra_special_tokens={"image_token": "<image>"},
        additional_special_tokens=["<|user|>", "<|assistant|>"],
    )
    vision = CLIPVisionConfig(
        hidden_size=WIDTH, intermediate_size=2 * WIDTH, num_hidden_layers=4, num_attention_heads=4,
        image_size=SIDE, patch_size=PATCH,
    )  # fmt: skip
    text = LlamaConfig(
        hidden_size=WIDTH, intermediate_size=2 * WIDTH, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=4, vocab_size=len(tokenizer), max_position_embeddings=1024,
        pad_token_id=tokenizer.pad_token_id, bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
    )  # fmt: skip
    config = LlavaConfig(
        vision_config=vision, text_config=text, image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        vision_feature_layer=-1, vision_feature_select_strategy="default",
    )  # fmt: skip
    images = CLIPImageProcessor(
        size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE},
        image_mean=[0.5] * 3, image_std=[0.5] * 3,
    )  # fmt: skip
    processor = LlavaProcessor(
        images, tokenizer, patch_size=PATCH, vision_feature_select_strategy="default",
        num_additional_image_tokens=1, chat_template=TEMPLATE,
    )  # fmt: skip
    network = LlavaForConditionalGeneration(config)
    network.generation_config.eos_token_id = tokenizer.eos_token_id
    network.generation_config.pad_token_id = tokenizer.pad_token_id
    network.save_pretrained(folder)
    processor.save_pretrained(folder)


def _corpus() -> Iterator[str]:
    """The texts that the tokenizer is made for."""
    for _ in range(20):
        for question in QUESTIONS:
            yield describer.instruction(question)
        for colour in COLOURS:
            for shape in SHAPES:
                yield _answer(QUESTIONS[0], colour, shape)
                yield f"Yes No yes no {colour} {shape}"
        for name in ("judge", "judge_examples", "interest", "describe_repair"):
            yield prompts.load(name).text


def _answer(question: Question, colour: str, shape: str) -> str:
    truth = {"colour": colour, "shape": shape}
    return "{" + ", ".join(f'"{slot}": "{truth[slot]}"' for slot in question.slots) + "}"


def see(model: VisionLanguage, pictures: list[Drawing]) -> None:
    """Teach the vision tower colour and shape, so that there is something to talk about."""
    import torch
    from torch.nn.functional import cross_entropy

    tower = model.network.model.vision_tower.train()
    heads = {slot: torch.nn.Linear(WIDTH, len(values)) for slot, values in CHOICES.items()}
    truth = {slot: torch.tensor([v.index(getattr(p, slot)) for p in pictures]) for slot, v in CHOICES.items()}
    pixels = torch.from_numpy(np.stack([p.pixels for p in pictures])).permute(0, 3, 1, 2).float() / 127.5 - 1
    trained = [*tower.parameters(), *(p for head in heads.values() for p in head.parameters())]
    optimiser, schedule = _optimiser(trained, SEE_STEPS)
    rng = np.random.default_rng(0)
    for _ in range(SEE_STEPS):
        rows = torch.from_numpy(rng.choice(PICTURES, 120, replace=False))
        states = tower(pixels[rows]).last_hidden_state[:, 1:].mean(1)
        losses = [cross_entropy(head(states), truth[slot][rows]) for slot, head in heads.items()]
        _step(optimiser, schedule, losses[0] + losses[1])


def talk(model: VisionLanguage, pictures: list[Drawing]) -> None:
    """Teach the rest of the model to answer the real prompts: first in one word, which is quick, then all of them."""
    model.network.train()
    model.network.model.vision_tower.requires_grad_(False)
    judge = HubJudge(model)
    plan = ["name"] * NAME_STEPS + ["describe"] * DESCRIBE_STEPS
    plan += (["judge"] * 5 + ["describe"]) * (JUDGE_STEPS // 5)
    optimiser, schedule = _optimiser(list(model.network.parameters()), len(plan))
    rng = np.random.default_rng(1)
    for step, kind in enumerate(plan):
        batch = _some(rng, pictures, 2 * BATCH if kind == "name" else BATCH)
        if kind == "name":
            slot = ("colour", "shape")[step % 2]
            asked = [model.ask([p.pixels], interest.instruction(slot)) for p in batch]
            loss = _loss(model, asked, [getattr(p, slot) for p in batch])
        elif kind == "describe":
            question = QUESTIONS[int(rng.integers(len(QUESTIONS)))]
            asked = [model.ask([p.pixels], describer.instruction(question)) for p in batch]
            loss = _loss(model, asked, [_answer(question, p.colour, p.shape) for p in batch])
        else:
            loss = _judging(model, judge, rng, batch)
        _step(optimiser, schedule, loss)
    model.network.eval()


def _some(rng: np.random.Generator, pictures: list[Drawing], number: int) -> list[Drawing]:
    return [pictures[i] for i in rng.choice(len(pictures), number, replace=False)]


def _judging(model: VisionLanguage, judge: HubJudge, rng: np.random.Generator, batch: list[Drawing]) -> Any:
    """How wrong the judge is about two groups for each picture: one that it belongs to, one that it does not."""
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits

    asked = []
    for picture in batch:
        slot = str(rng.choice(list(CHOICES)))
        truth = getattr(picture, slot)
        other = str(rng.choice([choice for choice in CHOICES[slot] if choice != truth]))
        asked += [judge.ask(picture.pixels, Evidence(name), slot) for name in (truth, other)]
    said = model.next_logits(asked)
    odds = said[:, judge.yes].logsumexp(1) - said[:, judge.no].logsumexp(1)
    return binary_cross_entropy_with_logits(odds, torch.tensor([1.0, 0.0] * len(batch)))


def _loss(model: VisionLanguage, asked: list[Conversation], replies: list[str]) -> Any:
    """How surprised the model is by the right answers."""
    from torch.nn.functional import cross_entropy

    inputs = model.inputs(
        [[*a, {"role": "assistant", "content": r}] for a, r in zip(asked, replies, strict=True)], True
    )
    ids = inputs["input_ids"]
    starts = ids == model.processor.tokenizer.convert_tokens_to_ids("<|assistant|>")
    answer = starts.cumsum(1).bool() & ~starts  # everything after the model's turn began
    logits = model.network(**inputs).logits
    return cross_entropy(logits[:, :-1][answer[:, 1:]], ids[:, 1:][answer[:, 1:]])


def _optimiser(parameters: list[Any], steps: int) -> tuple[Any, Any]:
    import torch

    parameters = [parameter for parameter in parameters if parameter.requires_grad]
    optimiser = torch.optim.AdamW(parameters, RATE, weight_decay=0.05)
    return optimiser, torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps, pct_start=0.1)


def _step(optimiser: Any, schedule: Any, loss: Any) -> None:
    from torch.nn.utils import clip_grad_norm_

    optimiser.zero_grad()
    loss.backward()
    clip_grad_norm_(optimiser.param_groups[0]["params"], 1.0)
    optimiser.step()
    schedule.step()
