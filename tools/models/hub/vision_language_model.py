"""Loads a model of transformers that reads images and text; describer, judge and interest encoder share it."""

from collections.abc import Sequence
from dataclasses import dataclass
from inspect import signature
from typing import TYPE_CHECKING, Any

from tools.errors import RegroupError
from tools.models.hub.catalogue import versioned_name
from tools.models.hub.device import Placement, choose, first_line, running
from tools.models.hub.download import Hub
from tools.models.ports import Pixels

if TYPE_CHECKING:
    import torch

SIDE = 448
"""The longest side in pixels at which a model is shown an image; more pixels take more tokens and more time."""

Conversation = list[dict[str, Any]]
"""Messages as the chat templates of transformers take them."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Holds what a model wrote, and how sure it was of each token.

    Attributes:
        text: The answer without special tokens.
        pieces: For each token the end of its text in `text`, and its probability.
    """

    text: str
    pieces: tuple[tuple[int, float], ...]

    def confidence(self, start: int, end: int) -> float:
        """Return how sure the model was of `text[start:end]`, in [0, 1]: the geometric mean of its tokens'
        probabilities."""
        from math import exp, log

        logs, begin = [], 0
        for stop, probability in self.pieces:
            if stop > start and begin < end:
                logs.append(log(max(probability, 1e-9)))
            begin = stop
        return exp(sum(logs) / len(logs)) if logs else 0.0


class VisionLanguageModel:
    """Holds an image-text-to-text model with its processor; LoRA can tune it (`tools.models.hub.lora`).

    Args:
        name: A model of the catalogue ("vlm-small"), "owner/name[@revision]", or a folder that `save_pretrained` made.
        hub: Where the models are. Default: this machine's cache.
        device: "auto", "cpu", "cuda", "mps".
        dtype: "auto", "float32", "bfloat16", "float16".
        side: Longest side in pixels at which it is shown an image.

    Raises:
        tools.errors.RegroupError: The model is not here (it is never fetched unasked), or cannot be loaded.
    """

    def __init__(
        self,
        name: str = "vlm-small",
        hub: Hub | None = None,
        device: str = "auto",
        dtype: str = "auto",
        side: int = SIDE,
    ) -> None:
        self.placement: Placement = choose(device, dtype)
        self.side = side
        folder = (hub or Hub()).ready(name)
        self.network, self.processor = _load(str(folder), self.placement)
        self.base = versioned_name(name, folder)
        self._marks_text = _marks_text(self.processor)
        self.adapter = ""  # the digest of a LoRA adapter on the model, set by `tools.models.hub.lora`

    @property
    def name(self) -> str:
        """Name the model with its revision (or the hash of a local one), number format, image size and adapter."""
        suffix = f"+{self.adapter}" if self.adapter else ""
        return f"{self.base}/{self.placement.dtype}/{self.side}{suffix}"

    @property
    def line(self) -> str:
        """Name the model, its device and its number format, for the status line."""
        return f"{self.base}: {self.placement.line}"

    @property
    def tower(self) -> "torch.nn.Module":
        """Return the whole network, which LoRA tunes."""
        network: torch.nn.Module = self.network
        return network

    def ask(self, images: Sequence[Pixels], text: str) -> Conversation:
        """Return a conversation that shows images and then asks a question."""
        shown = [{"type": "image", "image": _shown(pixels, self.side)} for pixels in images]
        return [{"role": "user", "content": [*shown, {"type": "text", "text": text}]}]

    def inputs(self, conversations: Sequence[Conversation], answered: bool = False) -> Any:
        """Return the tensors of b conversations on the model's device, padded on the left.

        The texts are encoded as nothing but text: no wording can smuggle in an image or another speaker. Where the
        processor cannot encode a control token as text, it is broken by a space.

        Args:
            conversations: What is encoded.
            answered: Whether the last message is the model's own, as in training.
        """
        marked = {"sanitize_control_tokens": True} if self._marks_text else {}
        if not marked:
            tokens = _control_tokens(self.processor.tokenizer)
            conversations = [_without(tokens, conversation) for conversation in conversations]
        silent = {"enable_thinking": False} if "enable_thinking" in self.processor.chat_template else {}
        tensors = self.processor.apply_chat_template(
            list(conversations),
            add_generation_prompt=not answered,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            processor_kwargs={"padding": True},
            **marked,
            **silent,
        )
        tensors = tensors.to(self.placement.device)
        if "pixel_values" in tensors:
            tensors["pixel_values"] = tensors["pixel_values"].to(self.placement.torch_dtype)
        return tensors

    def generate(self, conversations: Sequence[Conversation], tokens: int) -> list[Reply]:
        """Return the model's answer to each of b conversations, at most `tokens` tokens long and deterministic
        (greedy).

        Raises:
            tools.errors.RegroupError: The model fails, such as for too little memory.
        """
        import torch

        tokenizer = self.processor.tokenizer
        with running(self.base), torch.inference_mode():
            inputs = self.inputs(conversations)
            generated = self.network.generate(
                **inputs,
                max_new_tokens=tokens,
                do_sample=False,
                num_beams=1,
                temperature=None,
                top_p=None,
                top_k=None,
                repetition_penalty=1.0,
                pad_token_id=tokenizer.pad_token_id
                if tokenizer.pad_token_id is not None
                else tokenizer.eos_token_id,
                return_dict_in_generate=True,
                output_logits=True,
            )
            written = generated.sequences[:, inputs["input_ids"].shape[1] :]
            logs = torch.stack(generated.logits, 1).float().log_softmax(-1)
            sure = logs.gather(-1, written.unsqueeze(-1)).squeeze(-1).exp()
        return [self._reply(ids, p) for ids, p in zip(written.tolist(), sure.tolist(), strict=True)]

    def next_logits(self, conversations: Sequence[Conversation]) -> "torch.Tensor":
        """Return (b, vocabulary) float32: the logits of the first token of the answer, with gradients where they are
        on."""
        with running(self.base):
            logits: torch.Tensor = self.network(**self.inputs(conversations), **self._last_only()).logits
            return logits[:, -1].float()

    def hidden(
        self, conversations: Sequence[Conversation], layer: int
    ) -> "tuple[torch.Tensor, torch.Tensor]":
        """Return (b, s, d) float32 states after a layer of the language model, and the (b, s) mask of what is not
        padding."""
        with running(self.base):
            inputs = self.inputs(conversations)
            states = self.network(**inputs, **self._last_only(), output_hidden_states=True).hidden_states
            return states[layer].float(), inputs["attention_mask"]

    def _last_only(self) -> dict[str, int]:
        """Return the argument that computes logits for the last token alone, for networks that take it."""
        return {"logits_to_keep": 1} if "logits_to_keep" in signature(self.network.forward).parameters else {}

    def _reply(self, ids: list[int], sure: list[float]) -> Reply:
        """Return the answer that token ids and their probabilities make, without special tokens."""
        tokenizer = self.processor.tokenizer
        special = set(tokenizer.all_special_ids)
        tokens = [(i, p) for i, p in zip(ids, sure, strict=True) if i not in special]
        numbers = [i for i, _ in tokens]
        ends = (len(tokenizer.decode(numbers[: n + 1])) for n in range(len(numbers)))
        return Reply(tokenizer.decode(numbers), tuple(zip(ends, (p for _, p in tokens), strict=True)))


def _load(folder: str, placement: Placement) -> tuple[Any, Any]:
    """Load network and processor from safetensors alone: no code of the repository runs, and nothing is fetched."""
    from transformers import AutoModelForImageTextToText, AutoProcessor
    from transformers.utils import logging

    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        safe_only = {"local_files_only": True, "trust_remote_code": False}
        processor = AutoProcessor.from_pretrained(folder, **safe_only)  # type: ignore[no-untyped-call]
        network = AutoModelForImageTextToText.from_pretrained(
            folder, dtype=placement.torch_dtype, use_safetensors=True, **safe_only
        )
    except Exception as error:  # a damaged or hostile folder may raise anything in three libraries
        raise RegroupError(f"The model in {folder} cannot be loaded: {first_line(error)}") from error
    finally:
        logging.set_verbosity(verbosity)
        logging.enable_progress_bar()  # type: ignore[no-untyped-call]
    if not getattr(processor, "chat_template", None) or not hasattr(processor, "tokenizer"):
        raise RegroupError(f"The model in {folder} has no chat template: choose one that answers questions")
    processor.tokenizer.padding_side = "left"  # so the answers of a batch begin at the same position
    if processor.tokenizer.pad_token is None:
        processor.tokenizer.pad_token = processor.tokenizer.eos_token
    if hasattr(processor.image_processor, "do_image_splitting"):
        processor.image_processor.do_image_splitting = (
            False  # one view of the image takes a quarter of the tokens
        )
    on: Any = network
    return on.to(placement.device).eval(), processor


def _marks_text(processor: Any) -> bool:
    """Return whether a processor encodes control tokens in texts as text.

    That of SmolVLM fails where it is asked to, as it looks for the places of its images in the text, and that of
    SmolVLM2 takes no notice (transformers 5.24).
    """
    from PIL import Image

    if "sanitize_control_tokens" not in signature(processor.apply_chat_template).parameters:
        return False
    probe = [{"type": "image", "image": Image.new("RGB", (64, 64))}, {"type": "text", "text": "a"}]
    try:
        processor.apply_chat_template(
            [[{"role": "user", "content": probe}]],
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            sanitize_control_tokens=True,
        )
    except Exception:  # whatever a library's processor or a template of the hub raises, it cannot be asked to
        return False
    return True


def _control_tokens(tokenizer: Any) -> list[str]:
    """Return the tokens of a tokenizer that stand for an image, a speaker or an end, and for no text."""
    added = [str(token) for token in tokenizer.added_tokens_decoder.values() if token.special]
    tokens = dict.fromkeys([*added, *tokenizer.all_special_tokens])
    return [token for token in tokens if len(token) > 1 and not any(sign.isspace() for sign in token)]


def _without(tokens: Sequence[str], conversation: Conversation) -> Conversation:
    """Return a conversation whose texts hold none of the tokens: each is broken by a space after its first sign."""

    def plain(text: str) -> str:
        while found := next((token for token in tokens if token in text), None):
            text = text.replace(found, f"{found[0]} {found[1:]}")
        return text

    def part(given: Any) -> Any:
        return given | {"text": plain(given["text"])} if given.get("type") == "text" else given

    return [
        message
        | {
            "content": plain(message["content"])
            if isinstance(message["content"], str)
            else [part(given) for given in message["content"]]
        }
        for message in conversation
    ]


def _shown(pixels: Pixels, side: int) -> Any:
    """Return the image for the processor: at most `side` pixels long, and at least the 28 each way that some models
    need."""
    from PIL import Image

    picture = Image.fromarray(pixels)
    if max(picture.size) > side:
        picture.thumbnail((side, side))
    if min(picture.size) < 28:
        picture = picture.resize((max(28, picture.width), max(28, picture.height)))
    return picture
