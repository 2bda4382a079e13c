"""Say what would change without the person's answers about an image."""

from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, ImageName, Result, Tool
from tools.names import amount, quoted


class WhatIfArguments(Arguments):
    """Names the image whose answers are left out."""

    image: ImageName


class WhatIf(Tool[WhatIfArguments]):
    """Say what would change if the person had not said what they said about an image. Changes nothing."""

    effect = Effect.READ
    arguments = WhatIfArguments

    def run(self, context: Context, arguments: WhatIfArguments) -> Result:
        desk = context.desk
        change = desk.explaining.without(arguments.image, progress=context.progress)
        without = "; ".join(change.statements)
        if not change.moved:
            return f"Without that ({without}) nothing would change.", {}
        shown = [
            f"#{desk.collection.number(image)} to {quoted(to)}"
            for image, to in zip(change.moved[:10], change.to, strict=False)
        ]
        more = f" and {len(change.moved) - 10} more" if len(change.moved) > 10 else ""
        moved = f"{amount(len(change.moved), 'image')} would move: {', '.join(shown)}{more}"
        return f"Without that ({without}) {moved}.", {"images": list(change.moved)}
