"""The desk as a whole. Each of the classes that it is made of is about one thing and stands on the one before."""

from assistant.desk.exporting import Exporting


class Desk(Exporting):
    """One open collection. Calls may come from any thread; one runs at a time.

    Attributes:
        collection: Its images, as far as they are known to be readable.
        settings: As the user set them.
        workspace: Where everything lasts.
        shelf: What lasts about this collection.
        meter: Model calls of this process.
    """
