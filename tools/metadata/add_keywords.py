"""Adds keywords to an XMP packet (ISO 16684) and leaves every other byte of it as it is.

The packet is not written anew from a tree, which would lose comments, the order of attributes, and prefixes: the
parser says where its elements begin and end, and what is added is put between the bytes there.
"""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from tools.metadata.xmp import LARGEST

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
_LIGHTROOM = "http://ns.adobe.com/lightroom/1.0/"
SUBJECT = f"{_DUBLIN_CORE} subject"
HIERARCHICAL = f"{_LIGHTROOM} hierarchicalSubject"
"""The two properties that hold keywords, as the parser names them: `dc:subject`, and `lr:hierarchicalSubject` whose
keywords have those above them before a bar, "season|spring"."""
_QUALIFIED = {SUBJECT: "dc:subject", HIERARCHICAL: "lr:hierarchicalSubject"}
_NAMESPACES = {SUBJECT: _DUBLIN_CORE, HIERARCHICAL: _LIGHTROOM}
_CONTAINERS = frozenset(f"{_RDF} {kind}" for kind in ("Bag", "Seq", "Alt"))
_ROOTS = frozenset(["adobe:ns:meta/ xmpmeta", "adobe:ns:meta/ xapmeta"])
_NEW = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/">\n</x:xmpmeta>\n<?xpacket end="w"?>\n'
)
"""A packet in which nothing is said yet; the id is the one that every packet has."""


class CannotAdd(ValueError):
    """Raised where nothing can be added to a packet without changing what is in it; the text is the reason."""


def with_keywords(packet: bytes, subjects: Sequence[str], paths: Sequence[str]) -> bytes:
    """Return a packet with more keywords; where it has all of them, the packet itself.

    Args:
        packet: The bytes of a sidecar; empty for a new one.
        subjects: The keywords, without characters that XML cannot hold.
        paths: The same keywords, each with those above it before a bar.

    Raises:
        CannotAdd: It is damaged, too large, no XMP, declares a document type, or holds keywords in a way of its own.
    """
    content = packet or _NEW
    wanted = {SUBJECT: subjects, HIERARCHICAL: paths}
    outline = _outline(content)
    missing = {
        name: [word for word in dict.fromkeys(words) if word not in outline.properties[name].words]
        for name, words in wanted.items()
    }
    if not any(missing.values()):
        return packet
    changes: list[_Change] = []
    for name, words in missing.items():
        if words and outline.properties[name].place is not None:
            changes.append(_into_property(outline, outline.properties[name], words))
    new = {n: words for n, words in missing.items() if words and outline.properties[n].place is None}
    if new:
        changes.append(_own_description(outline, new))
    for at, removed, text in sorted(changes, reverse=True):
        content = content[:at] + outline.coded(text) + content[at + removed :]
    held = _outline(content).properties
    if any(word not in held[name].words for name, words in wanted.items() for word in words):
        raise CannotAdd("nothing can be added to its keywords")
    return content


_Change = tuple[int, int, str]
"""A place in a packet, the number of bytes that go there, and the text that comes in their place."""


@dataclass(slots=True)
class _Element:
    """Holds where an element begins and ends, in bytes.

    Attributes:
        start: The place of its start tag.
        end: The place of its end tag; of one without content, the place behind it.
        empty: Whether it is written as one tag.
        filled: Whether anything was seen in it.
        texts: Whether that was text other than blanks.
    """

    start: int
    end: int = 0
    empty: bool = False
    filled: bool = False
    texts: bool = False


@dataclass(slots=True)
class _Property:
    """Holds what a packet says under one property: where, in which container, and the words in it."""

    place: _Element | None = None
    container: _Element | None = None
    words: list[str] = field(default_factory=list)
    reason: str = ""


class _Outline:
    """Knows where in a packet the elements are that keywords are added to.

    Attributes:
        data: The packet.
        encoding: How its texts are coded.
        root: Its outermost element.
        rdf: The element that holds all properties; None where there is none.
        about: What the properties are about, which has to be the same in all descriptions.
        properties: The two properties by their names.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.encoding = _encoding_by_first_bytes(data)
        self.root: _Element | None = None
        self.is_xmp = False
        self.rdf: _Element | None = None
        self.about = ""
        self.properties = {SUBJECT: _Property(), HIERARCHICAL: _Property()}
        self._open: list[tuple[str, _Element]] = []
        self._described = False
        self._item: list[str] | None = None
        self._parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.CommentHandler = lambda text: self._fill()
        parser.ProcessingInstructionHandler = lambda target, text: self._fill()
        parser.StartCdataSectionHandler = self._fill
        parser.XmlDeclHandler = self._declared
        parser.StartDoctypeDeclHandler = self._document_type
        parser.Parse(data, True)

    def coded(self, text: str) -> bytes:
        """Return a text as the packet codes it; what it cannot code becomes a reference."""
        return text.encode(self.encoding, "xmlcharrefreplace")

    def tag(self, element: _Element) -> str:
        """Return the name of an element as it is written, with its prefix."""
        begin = self.data[element.start : element.start + 4096].decode(self.encoding, "ignore")
        match = re.match(r"<([^\s/>]+)", begin)
        if match is None:
            raise CannotAdd("its text is coded in a way that is not read")
        return match[1]

    def indent(self, element: _Element) -> str:
        """Return the blanks before the end tag of an element where it stands on a line of its own, with the break."""
        before = self.data[max(0, element.end - 256) : element.end].decode(self.encoding, "ignore")
        match = re.search(r"\r?\n[ \t]*$", before)
        return match[0] if match else ""

    def put_into(self, element: _Element, text: str) -> _Change:
        """Return the change that puts a text to the end of an element."""
        if not element.empty:
            return element.end, 0, text
        length = len(self.coded("/>"))
        return element.end - length, length, f">{text}</{self.tag(element)}>"

    def _declared(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding and not self.encoding.startswith("utf-16"):
            try:
                self.encoding = codecs.lookup(encoding).name
            except LookupError:
                raise CannotAdd("its text is coded in a way that is not known") from None

    def _document_type(self, *_: object) -> None:
        raise CannotAdd("it declares a document type, which no XMP does")

    def _fill(self) -> None:
        if self._open:
            self._open[-1][1].filled = True

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._fill()
        element = _Element(self._parser.CurrentByteIndex)
        above = [opened for opened, _ in self._open]
        if not above:
            self.root, self.is_xmp = element, name in _ROOTS
        if name == f"{_RDF} RDF" and self.rdf is None and len(above) <= 1:
            self.rdf = element
        elif above and above[-1] == f"{_RDF} RDF" and self._open[-1][1] is self.rdf:
            self._describe(name, attributes)
        elif name in self.properties and len(above) >= 2 and self._open[-2][1] is self.rdf:
            if self.properties[name].place is None:
                self.properties[name].place = element
                if any(key.startswith(f"{_RDF} ") for key in attributes):
                    self.properties[name].reason = "its keywords are written in a way of their own"
        elif name in _CONTAINERS and above and (held := self._property_at(-1)) is not None:
            held.container = held.container or element
        elif name == f"{_RDF} li" and len(above) >= 2 and (held := self._property_at(-2)) is not None:
            self._item = [] if held.container is self._open[-1][1] else None
        self._open.append((name, element))

    def _describe(self, name: str, attributes: dict[str, str]) -> None:
        """Note what a description is about, and whether it holds keywords as attributes."""
        if not self._described:
            self.about = attributes.get(f"{_RDF} about", attributes.get("about", ""))
            self._described = True
        for held, known in self.properties.items():
            if held in attributes:
                known.reason = "its keywords are written in a way of their own"

    def _property_at(self, index: int) -> _Property | None:
        """Return the property whose own element is open at a place of the stack."""
        name, element = self._open[index]
        held = self.properties.get(name)
        return held if held is not None and held.place is element else None

    def _end(self, name: str) -> None:
        _, element = self._open.pop()
        element.end = self._parser.CurrentByteIndex
        mark = self.coded("/>")
        element.empty = not element.filled and self.data[: element.end].endswith(mark)
        if name == f"{_RDF} li" and self._item is not None:
            held = self._property_at(-2)
            if held is not None:
                held.words.append("".join(self._item).strip())
                self._item = None

    def _text(self, text: str) -> None:
        self._fill()
        if self._open and text.strip():
            self._open[-1][1].texts = True
        if self._item is not None:
            self._item.append(text)


def _outline(data: bytes) -> _Outline:
    """Return the outline of a packet. Raise CannotAdd where it is none."""
    if len(data) > LARGEST:
        raise CannotAdd(f"it has more than {LARGEST >> 20} MB")
    try:
        outline = _Outline(data)
    except expat.ExpatError as error:
        raise CannotAdd("it is damaged: no whole XML") from error
    except (ValueError, LookupError) as error:  # a coding that the parser does not take
        raise error if isinstance(error, CannotAdd) else CannotAdd("its text cannot be read") from error
    if not outline.is_xmp and outline.rdf is None:
        raise CannotAdd("it is XML, but no XMP")
    for held in outline.properties.values():
        if held.reason:
            raise CannotAdd(held.reason)
    return outline


def _into_property(outline: _Outline, held: _Property, words: Sequence[str]) -> _Change:
    """Return the change that adds words to a property that is there."""
    assert held.place is not None
    if held.container is not None:
        prefix, colon, _ = outline.tag(held.container).rpartition(":")
        item = f"{prefix}{colon}li"
        indent = outline.indent(held.container)
        text = "".join(f"{' ' if indent else ''}<{item}>{escape(word)}</{item}>{indent}" for word in words)
        return outline.put_into(held.container, text)
    if held.place.filled and not held.place.empty and _has_elements_or_text(outline, held):
        raise CannotAdd("its keywords are written in a way of their own")
    return outline.put_into(held.place, _bag(words, "", declared=False))


def _has_elements_or_text(outline: _Outline, held: _Property) -> bool:
    """Return whether anything but blanks and comments stands in a property without a container."""
    assert held.place is not None
    inner = (
        outline.data[held.place.start : held.place.end].decode(outline.encoding, "ignore").partition(">")[2]
    )
    return held.place.texts or bool(re.sub(r"<!--.*?-->", "", inner, flags=re.DOTALL).strip())


def _bag(words: Sequence[str], indent: str, declared: bool) -> str:
    """Return a bag of words as XML. `declared` is whether the prefix "rdf" is known where it stands."""
    own = "" if declared else f" xmlns:rdf={quoteattr(_RDF)}"
    items = "".join(f"{indent} <rdf:li>{escape(word)}</rdf:li>" for word in words)
    return f"{indent}<rdf:Bag{own}>{items}{indent}</rdf:Bag>"


def _own_description(outline: _Outline, words: dict[str, list[str]]) -> _Change:
    """Return the change that adds a description of its own, with the properties that the packet does not have."""
    place = outline.rdf or outline.root
    assert place is not None
    knows_rdf = outline.rdf is not None and outline.tag(outline.rdf) == "rdf:RDF"
    spaces = {_QUALIFIED[name].partition(":")[0]: _NAMESPACES[name] for name in words}
    if not knows_rdf and outline.rdf is not None:
        spaces["rdf"] = _RDF
    declared = "".join(f" xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in spaces.items())
    indent = "\n   "
    inner = "".join(
        f"{indent}<{_QUALIFIED[name]}>{_bag(held, indent + ' ', declared=True)}{indent}</{_QUALIFIED[name]}>"
        for name, held in words.items()
    )
    text = f" <rdf:Description rdf:about={quoteattr(outline.about)}{declared}>{inner}\n  </rdf:Description>\n"
    if outline.rdf is None:
        text = f" <rdf:RDF xmlns:rdf={quoteattr(_RDF)}>\n {text} </rdf:RDF>\n"
    return outline.put_into(place, text)


def _encoding_by_first_bytes(data: bytes) -> str:
    """Return the coding that the first bytes of an XML text show; it is UTF-8 unless it says something else."""
    if data.startswith((codecs.BOM_UTF16_LE, b"<\0")):
        return "utf-16-le"
    return "utf-16-be" if data.startswith((codecs.BOM_UTF16_BE, b"\0<")) else "utf-8"
