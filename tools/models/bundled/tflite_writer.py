"""Writes a convolutional network as a .tflite model for LiteRT, whose kernels are twice as fast as torch's on a CPU.

It knows only what a small image network needs: convolutions with a clipped output, sums of two layers, and zero
padding. The format is TensorFlow Lite's schema, version 3: pictures and layers are (1, height, width, channels).
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Activation = Literal["NONE", "RELU", "RELU6"]
"""What is done with the sums of a convolution: nothing, or they are limited to 0 and above, or to 0..6."""
Padding = tuple[int, int, int, int]
"""The rows or columns of zeros at the left, the right, the top and the bottom, in torch's order."""


@dataclass(frozen=True, slots=True)
class Convolution:
    """Is a convolution with a square kernel, either full or depthwise.

    Attributes:
        weight: (outputs, inputs, kernel, kernel) float32, as torch orders them; inputs is 1 where it is depthwise.
        bias: (outputs,) float32.
        step: Its stride, along both sides.
    """

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    step: int = 1


class TfliteWriter:
    """Builds a model layer by layer. Every method that adds a layer returns the number by which it is known.

    Args:
        size: The height and width of the input, a float32 picture, (1, height, width, 3); it is layer 0.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        from ai_edge_litert import schema_py_generated

        self._schema: Any = schema_py_generated
        self._buffers = [
            self._schema.BufferT()
        ]  # the first is empty and belongs to everything that is computed
        self._tensors: list[Any] = []
        self._operators: list[Any] = []
        self._codes: dict[int, int] = {}
        self._tensor((1, *size, 3))

    def shape(self, layer: int) -> tuple[int, ...]:
        """Return the shape of a layer, (1, height, width, channels)."""
        return tuple(self._tensors[layer].shape.tolist())

    def convolution(
        self, layer: int, made: Convolution, padding: Padding, activation: Activation = "NONE"
    ) -> int:
        """Add a convolution.

        Args:
            layer: The layer that it reads.
            made: Gives the weights, bias and stride.
            padding: The zeros that are put around the layer first.
            activation: What is done with its result.
        """
        schema, weight, bias, step = self._schema, made.weight, made.bias, made.step
        kernel = weight.shape[2]
        _, height, width, channels = self.shape(layer)
        depthwise = weight.shape[1] == 1 and channels > 1
        assert weight.shape[0 if depthwise else 1] == channels
        same = padding == same_padding(width, kernel, step) + same_padding(height, kernel, step)
        left, right, top, bottom = padding
        height, width = height + top + bottom, width + left + right
        if not same:
            zeros = self._tensor((4, 2), np.array([[0, 0], [top, bottom], [left, right], [0, 0]], np.int32))
            layer = self._operator("Pad", "PAD", (layer, zeros), (1, height, width, channels))
        options = {
            "padding": schema.Padding.SAME if same else schema.Padding.VALID,
            "strideW": step,
            "strideH": step,
            "dilationWFactor": 1,
            "dilationHFactor": 1,
            "fusedActivationFunction": getattr(schema.ActivationFunctionType, activation),
            **({"depthMultiplier": 1} if depthwise else {}),
        }
        kernels = weight.transpose((1, 2, 3, 0) if depthwise else (0, 2, 3, 1))
        return self._operator(
            "DepthwiseConv2D" if depthwise else "Conv2D",
            "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D",
            (layer, self._tensor(kernels.shape, kernels), self._tensor(bias.shape, bias)),
            (1, (height - kernel) // step + 1, (width - kernel) // step + 1, weight.shape[0]),
            **options,
        )

    def add(self, first: int, second: int) -> int:
        """Add the sum of two layers of the same shape."""
        return self._operator("Add", "ADD", (first, second), tuple(self._tensors[first].shape))

    def model(self, outputs: list[int]) -> bytes:
        """Return the bytes of the .tflite file, with these layers as its outputs in this order."""
        import flatbuffers

        schema = self._schema
        graph = schema.SubGraphT()
        graph.tensors, graph.operators = self._tensors, self._operators
        graph.inputs, graph.outputs = np.array([0], np.int32), np.array(outputs, np.int32)
        model = schema.ModelT()
        model.version, model.subgraphs, model.buffers = 3, [graph], self._buffers
        model.operatorCodes = [self._code(code) for code in self._codes]
        writer = flatbuffers.Builder(sum(len(b.data) for b in self._buffers if b.data is not None) + 2**20)
        writer.Finish(model.Pack(writer), b"TFL3")
        return bytes(writer.Output())

    def _code(self, code: int) -> Any:
        operator_code = self._schema.OperatorCodeT()
        operator_code.builtinCode = operator_code.deprecatedBuiltinCode = (
            code  # readers of either field exist
        )
        operator_code.version = 1
        return operator_code

    def _tensor(self, shape: tuple[int, ...], values: NDArray[Any] | None = None) -> int:
        tensor = self._schema.TensorT()
        is_integer = values is not None and values.dtype == np.int32
        tensor.type = self._schema.TensorType.INT32 if is_integer else self._schema.TensorType.FLOAT32
        tensor.shape, tensor.name, tensor.buffer = np.array(shape, np.int32), f"{len(self._tensors)}", 0
        if values is not None:
            buffer = self._schema.BufferT()
            buffer.data = np.ascontiguousarray(values).reshape(-1).view(np.uint8)
            tensor.buffer = len(self._buffers)
            self._buffers.append(buffer)
        self._tensors.append(tensor)
        return len(self._tensors) - 1

    def _operator(
        self, kind: str, code: str, inputs: tuple[int, ...], shape: tuple[int, ...], **options: int
    ) -> int:
        number = getattr(self._schema.BuiltinOperator, code)
        operator = self._schema.OperatorT()
        operator.opcodeIndex = self._codes.setdefault(number, len(self._codes))
        operator.builtinOptionsType = getattr(self._schema.BuiltinOptions, f"{kind}Options")
        operator.builtinOptions = getattr(self._schema, f"{kind}OptionsT")()
        for name, value in options.items():
            setattr(operator.builtinOptions, name, value)
        output = self._tensor(shape)
        operator.inputs, operator.outputs = np.array(inputs, np.int32), np.array([output], np.int32)
        self._operators.append(operator)
        return output


def same_padding(size: int, kernel: int, step: int) -> tuple[int, int]:
    """Return how many zeros go before and after in the padding that TensorFlow calls "same"."""
    total = max((-(-size // step) - 1) * step + kernel - size, 0)
    return total // 2, total - total // 2
