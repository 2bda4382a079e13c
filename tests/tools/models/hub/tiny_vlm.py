"""A tiny image-text-to-text model of transformers (LLaVA's shape) that really looks: trained here, on drawn pictures.

As LLaVA does, it sees with the image tower of a CLIP (the tiny one), tuned a little. It is saved with
`save_pretrained` and loaded as any model of the hub is. It is asked in the words of the real prompts: to describe
colour and shape as JSON, and to judge whether a picture belongs to a group.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

import prompts
from tests.tools.models.hub import tiny_clip
from tests.tools.models.hub.drawings import COLOURS, SHAPES, SIDE, Drawing, draw_many
from tools.models.hub import vlm_describer, vlm_interest_encoder
from tools.models.hub.vision_language_model import Conversation, VisionLanguageModel
from tools.models.hub.vlm_judge import VlmJudge
from tools.models.ports import Evidence, Question

STEPS = {"align": 200, "name": 120, "describe": 160}
TOGETHER = {"name": 60, "describe": 160, "judge": 360}
BATCHES = {"align": 64, "name": 32, "describe": 24, "judge": 16}
PICTURES, RATE, LATE_RATE = 1800, 1e-3, 5e-4
WIDTH = 128
TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}"
    "<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
CHOICES = {"colour": tuple(COLOURS), "shape": SHAPES}
QUESTIONS = (
    Question(None, ("colour", "shape")),
    Question("colour", ("colour",), {"colour": CHOICES["colour"]}),
    Question("shape", ("shape",)),
)


def recipe() -> str:
    """What the model depends on: another recipe or other prompts, another folder."""
    parts = [Path(__file__).read_bytes(), tiny_clip.recipe().encode()]
    parts += [prompts.load(name).text.encode() for name in ("describe", "judge", "interest")]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]


def tiny_vlm(cache: Path) -> Path:
    """The folder of the trained model below `cache`; trained now unless an earlier run did. Safe among processes."""
    clip = tiny_clip.tiny_clip(cache)
    folder = cache / f"tiny-vlm-{recipe()}"
    with FileLock(cache / "tiny-vlm.lock"):
        if not (folder / "done").exists():
            train(folder, clip)
            (folder / "done").touch()
    return folder


def train(folder: Path, clip: Path) -> None:
    """Make the model, give it the eyes of `clip`, teach it to answer, and write it to `folder`; the same each time."""
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(0)
        build(folder, clip)
        model = VisionLanguageModel(str(folder), device="cpu")
        pictures = draw_many(PICTURES, seed=2)
        model.network.train()
        align(model, pictures)
        model.network.model.vision_tower.requires_grad_(False)
        talk(model, pictures)
        model.network.eval()
        model.network.save_pretrained(folder)


def build(folder: Path, clip: Path) -> None:
    """A model that sees and cannot talk yet, with its tokenizer and processor, from configurations."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
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
    # A token is a word of the truth with its quotation mark, or all that is said between two of these: short sequences
    # are learned in seconds.
    words = "|".join(word for slot, values in CHOICES.items() for word in (slot, *values))
    quotes = pre_tokenizers.Split(Regex(f'"(?:{words})(?=")'), "isolated")
    raw.pre_tokenizer = pre_tokenizers.Sequence(
        [quotes, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    raw.decoder = decoders.ByteLevel()
    bytes_ = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=2000, special_tokens=special, initial_alphabet=bytes_, show_progress=False
    )
    raw.train_from_iterator(_corpus(), trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw,
        pad_token="<pad>",
        eos_token="<|end|>",
        extra_special_tokens={"image_token": "<image>"},
        additional_special_tokens=["<|user|>", "<|assistant|>"],
    )
    seen = tiny_clip.MODEL["vision_cfg"]
    width, patch = seen["width"], seen["patch_size"]
    vision = CLIPVisionConfig(
        hidden_size=width, intermediate_size=4 * width, num_hidden_layers=seen["layers"],
        num_attention_heads=width // seen["head_width"], image_size=SIDE, patch_size=patch, hidden_act="gelu",
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
        images, tokenizer, patch_size=patch, vision_feature_select_strategy="default",
        num_additional_image_tokens=1, chat_template=TEMPLATE,
    )  # fmt: skip
    network = LlavaForConditionalGeneration(config)
    network.model.vision_tower.load_state_dict(_eyes(clip))
    network.generation_config.eos_token_id = tokenizer.eos_token_id
    network.generation_config.pad_token_id = tokenizer.pad_token_id
    network.save_pretrained(folder)
    processor.save_pretrained(folder)


def _eyes(clip: Path) -> dict[str, Any]:
    """The image tower of an open_clip model under the names that transformers has for its weights."""
    from safetensors.torch import load_file

    names = {
        "class_embedding": "embeddings.class_embedding",
        "conv1.weight": "embeddings.patch_embedding.weight",
        "positional_embedding": "embeddings.position_embedding.weight",
        "ln_pre": "pre_layrnorm",
        "ln_post": "post_layernorm",
        "transformer.resblocks": "encoder.layers",
        "attn.out_proj": "self_attn.out_proj",
        "ln_1": "layer_norm1",
        "ln_2": "layer_norm2",
        "mlp.c_fc": "mlp.fc1",
        "mlp.c_proj": "mlp.fc2",
    }
    found = {}
    for key, value in load_file(clip / "open_clip_model.safetensors").items():
        if not key.startswith("visual.") or key == "visual.proj":
            continue
        own = key.removeprefix("visual.")
        for theirs, ours in names.items():
            own = own.replace(theirs, ours)
        if ".attn.in_proj_" in own:
            for part, piece in zip("qkv", value.chunk(3), strict=True):
                found[own.replace("attn.in_proj_", f"self_attn.{part}_proj.")] = piece
        else:
            found[own] = value
    return found


def _corpus() -> Iterator[str]:
    """The texts that the tokenizer is made for."""
    for question in QUESTIONS:
        yield from [vlm_describer.instruction(question)] * 5
    for criterion in (*CHOICES, "place", "size"):
        yield from [vlm_interest_encoder.instruction(criterion)] * 5
    judge = prompts.load("judge")
    for slot, values in CHOICES.items():
        for value in values:
            yield judge.fill(criterion=f'"{slot}"', group=f'"{value}"', tags="none")
            yield from (value, value, "Yes", "No")
    for colour in COLOURS:
        for shape in SHAPES:
            yield _answer(QUESTIONS[0], colour, shape)


def _answer(question: Question, colour: str, shape: str) -> str:
    truth = {"colour": colour, "shape": shape}
    return "{" + ", ".join(f'"{slot}": "{truth[slot]}"' for slot in question.slots) + "}"


def align(model: VisionLanguageModel, pictures: list[Drawing]) -> None:
    """Make what the eyes tell alike to the words for it, as LLaVA does first: then words and image can be compared."""
    import torch
    from torch.nn.functional import cross_entropy, normalize

    core, words = model.network.model, model.network.get_input_embeddings().weight.detach()
    pixels = torch.from_numpy(np.stack([p.pixels for p in pictures])).permute(0, 3, 1, 2).float() / 127.5 - 1
    number = model.processor.tokenizer.convert_tokens_to_ids
    kinds = []  # each value of a slot as it begins a text and as it follows a quotation mark
    for slot, values in CHOICES.items():
        truth = torch.tensor([values.index(getattr(p, slot)) for p in pictures])
        kinds += [(number([mark + value for value in values]), truth) for mark in ("", '"')]
    trained = [*core.vision_tower.parameters(), *core.multi_modal_projector.parameters()]
    optimiser, schedule = _optimiser(trained, STEPS["align"], RATE)
    rng = np.random.default_rng(0)
    for _ in range(STEPS["align"]):
        rows = torch.from_numpy(rng.choice(PICTURES, BATCHES["align"], replace=False))
        # The mean of what is seen all over the image: every place of it shall tell.
        seen = core.vision_tower(pixels[rows]).last_hidden_state[:, 1:]
        told = normalize(core.multi_modal_projector(seen).mean(1), dim=-1)
        losses = [
            cross_entropy(20 * told @ normalize(words[ids], dim=-1).T, truth[rows]) for ids, truth in kinds
        ]
        _step(optimiser, schedule, torch.stack(losses).sum())


def talk(model: VisionLanguageModel, pictures: list[Drawing]) -> None:
    """Teach all but the eyes to answer the real prompts: in one word, then as JSON, then to judge as well."""
    rng = np.random.default_rng(1)
    _practise(model, pictures, ["name"] * STEPS["name"] + ["describe"] * STEPS["describe"], RATE, rng)
    # Comparing a word with the image is learned in small steps only; large ones end in always the same answer.
    later = [kind for kind, number in TOGETHER.items() for _ in range(number)]
    _practise(model, pictures, rng.permutation(later).tolist(), LATE_RATE, rng)


def _practise(
    model: VisionLanguageModel,
    pictures: list[Drawing],
    plan: list[str],
    rate: float,
    rng: np.random.Generator,
) -> None:
    judge = VlmJudge(model)
    optimiser, schedule = _optimiser(list(model.network.parameters()), len(plan), rate)
    for step, kind in enumerate(plan):
        batch = _some(rng, pictures, BATCHES[kind])
        if kind == "name":
            slot = ("colour", "shape")[step % 2]
            asked = [model.ask([p.pixels], vlm_interest_encoder.instruction(slot)) for p in batch]
            loss = _loss(model, asked, [getattr(p, slot) for p in batch])
        elif kind == "describe":
            question = QUESTIONS[int(rng.integers(len(QUESTIONS)))]
            asked = [model.ask([p.pixels], vlm_describer.instruction(question)) for p in batch]
            loss = _loss(model, asked, [_answer(question, p.colour, p.shape) for p in batch])
        else:
            loss = _judging(model, judge, rng, batch)
        _step(optimiser, schedule, loss)


def _some(rng: np.random.Generator, pictures: list[Drawing], number: int) -> list[Drawing]:
    return [pictures[i] for i in rng.choice(len(pictures), number, replace=False)]


def _judging(
    model: VisionLanguageModel, judge: VlmJudge, rng: np.random.Generator, batch: list[Drawing]
) -> Any:
    """How wrong the judge is about two groups for each picture: one that it belongs to, one that it does not."""
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits

    asked = []
    for picture in batch:
        slot = str(rng.choice(list(CHOICES)))
        truth = getattr(picture, slot)
        other = str(rng.choice([choice for choice in CHOICES[slot] if choice != truth]))
        asked += [judge.ask(picture.pixels, Evidence(name), slot) for name in (truth, other)]
    # Not only the last token shall know, but each from the group's name on: the way there is learned sooner.
    said = model.network(**model.inputs(asked)).logits[:, -4:]
    odds = said[..., judge.yes].logsumexp(-1) - said[..., judge.no].logsumexp(-1)
    truth = torch.tensor([1.0, 0.0] * len(batch))
    return binary_cross_entropy_with_logits(odds, truth[:, None].expand_as(odds))


def _loss(model: VisionLanguageModel, asked: list[Conversation], replies: list[str]) -> Any:
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


def _optimiser(parameters: list[Any], steps: int, rate: float) -> tuple[Any, Any]:
    """AdamW whose rate rises in 20 steps, stays, and falls to nothing in the last quarter."""
    import torch

    parameters = [parameter for parameter in parameters if parameter.requires_grad]
    optimiser = torch.optim.AdamW(parameters, rate, weight_decay=0.05, fused=True)
    shape = [min(1, (step + 1) / 20, 4 * (1 - step / steps)) for step in range(steps + 1)]
    return optimiser, torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: shape[step])


def _step(optimiser: Any, schedule: Any, loss: Any) -> None:
    from torch.nn.utils import clip_grad_norm_

    optimiser.zero_grad()
    loss.backward()
    clip_grad_norm_(optimiser.param_groups[0]["params"], 1.0)
    optimiser.step()
    schedule.step()
