"""Keywords are added to any sidecar that is XMP, and all else in it stays as it was, in its order."""

import shutil
import subprocess
from pathlib import Path
from xml.parsers import expat
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.metadata.add_keywords import CannotAdd, with_keywords
from tools.metadata.xmp import read_xmp

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC = "http://purl.org/dc/elements/1.1/"
LR = "http://ns.adobe.com/lightroom/1.0/"
R, D = f"xmlns:r='{RDF}'", f"xmlns:d='{DC}'"
DARKTABLE = f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- by hand -->
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
 <rdf:RDF xmlns:rdf="{RDF}">
  <rdf:Description rdf:about="uuid:1" xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmlns:dc="{DC}" xmp:Rating="3">
   <dc:subject>
    <rdf:Bag>
     <rdf:li>old &amp; known</rdf:li>
    </rdf:Bag>
   </dc:subject>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default"><![CDATA[a < b]]></rdf:li></rdf:Alt></dc:title>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
"""


def events(data: bytes) -> list[tuple[object, ...]]:
    """Return what a parser sees: tags with attributes in their order, comments, instructions, and texts."""
    seen: list[tuple[object, ...]] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.ordered_attributes = True
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: seen.append(("start", name, tuple(attributes)))
    parser.EndElementHandler = lambda name: seen.append(("end", name))
    parser.CommentHandler = lambda text: seen.append(("comment", text))
    parser.ProcessingInstructionHandler = lambda *text: seen.append(("instruction", *text))
    parser.CharacterDataHandler = lambda text: seen.append(("text", text.strip())) if text.strip() else None
    parser.Parse(data, True)
    return seen


def is_kept(before: bytes, after: bytes) -> bool:
    """Return whether all that a parser sees before is seen afterwards, in the same order."""
    rest = iter(events(after))
    return all(event in rest for event in events(before))


def test_a_new_sidecar_holds_both_kinds_of_keywords() -> None:
    made = with_keywords(b"", ["spring", 'a < "b" & ü'], ["season|spring"])
    assert set(read_xmp(made).keywords) == {"spring", 'a < "b" & ü'}
    assert b"<rdf:li>season|spring</rdf:li>" in made
    assert with_keywords(made, ["spring"], ["season|spring"]) == made  # nothing is added twice


def test_a_sidecar_of_a_program_keeps_every_byte() -> None:
    before = DARKTABLE.encode()
    after = with_keywords(before, ["old & known", "spring"], ["season|spring"])
    assert read_xmp(after).keywords == ("old & known", "spring") and read_xmp(after).rating == 3
    assert is_kept(before, after)
    second = after.index(b' <rdf:Description rdf:about="uuid:1" xmlns:lr')
    first = after[:second].replace(b" <rdf:li>spring</rdf:li>\n    ", b"", 1)
    assert first + after[after.index(b"</rdf:RDF>") :] == before


@pytest.mark.parametrize(
    "packet",
    [
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>",
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'></x:xmpmeta>",
        f"<rdf:RDF xmlns:rdf='{RDF}'/>",
        f"<r:RDF {R}><r:Description about='x/'/></r:RDF>",
        f"<RDF xmlns='{RDF}'><Description><dc:subject xmlns:dc='{DC}'><Bag/></dc:subject></Description></RDF>",
        f"<r:RDF {R}><r:Description {D}><d:subject/></r:Description></r:RDF>",
        f"<r:RDF {R}><r:Description {D}><d:subject><!-- > --></d:subject></r:Description></r:RDF>",
        f"<r:RDF {R} xmlns:rdf='urn:x'><r:Description {D} xmlns:dc='urn:y'>"
        "<dc:subject>of others</dc:subject><d:subject><r:Seq><r:li>/&gt;</r:li><!--/>--></r:Seq></d:subject>"
        "</r:Description></r:RDF>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_way_of_writing_it(packet: str, encoding: str) -> None:
    before = packet.encode(encoding)
    after = with_keywords(before, ["früh", "日"], ["season|früh"])
    assert {"früh", "日"} <= set(read_xmp(after).keywords)
    assert is_kept(before, after)


def test_what_its_coding_lacks_becomes_a_reference() -> None:
    before = DARKTABLE.replace("UTF-8", "ISO-8859-1").replace("by hand", "ä").encode("latin-1")
    after = with_keywords(before, ["日", "ä"], [])
    assert (
        read_xmp(after).keywords == ("old & known", "日", "ä") and b"&#26085;" in after and b">\xe4<" in after
    )


@pytest.mark.parametrize(
    "packet, why",
    [
        ("<a", "damaged"),
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", "no XMP"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><x:xmpmeta xmlns:x='adobe:ns:meta/'/>", "document type"),
        (f"<r:RDF {R}><r:Description {D} d:subject='x'/></r:RDF>", "way of their own"),
        (f"<r:RDF {R}><r:Description {D}><d:subject>x</d:subject></r:Description></r:RDF>", "own"),
        (f"<r:RDF {R}><r:Description {D}><d:subject r:resource='x'/></r:Description></r:RDF>", "own"),
        ("<?xml version='1.0' encoding='klingon'?><x/>", "coded|read|damaged"),
        (" " * (4 << 20) + "<a/>", "4 MB"),
    ],
)  # fmt: skip
def test_what_cannot_be_added_to_is_refused(packet: str, why: str) -> None:
    for encoding in ("utf-8", "utf-16") if len(packet) < 1000 and "klingon" not in packet else ("utf-8",):
        with pytest.raises(CannotAdd, match=why):
            with_keywords(packet.encode(encoding), ["spring"], [])


def test_a_document_type_in_two_bytes_a_letter_is_refused_by_the_reader() -> None:
    hostile = "<!DOCTYPE x [<!ENTITY a 'b'>]><x:xmpmeta xmlns:x='adobe:ns:meta/'>&a;</x:xmpmeta>"
    for encoding in ("utf-8", "utf-16"):
        with pytest.raises(ValueError, match="document type"):
            read_xmp(hostile.encode(encoding))


_WORDS = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co", "Cf", "Zl", "Zp", "Zs")), min_size=1, max_size=8
)
_PREFIXES = st.sampled_from(["rdf", "r", "dc", "x"])


@st.composite
def packets(draw: st.DrawFn) -> bytes:
    """Draw a sidecar: properties of any kind, comments, instructions, any prefixes, with and without keywords."""
    rdf, encoding = draw(_PREFIXES), draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
    blank = draw(st.sampled_from(["", "\n  ", " "]))

    def extra() -> str:
        word, q = escape(draw(_WORDS)), "xmlns:q='urn:q'"
        bag = f"<{rdf}:Bag><{rdf}:li>{word}</{rdf}:li></{rdf}:Bag>"
        written = (f"<q:p {q} q:a='{blank}/>'>{word}</q:p>", f"<q:p {q}/>", f"<q:p {q}>{bag}</q:p>")
        return draw(
            st.sampled_from(["", "<!-- /> -->", "<?keep me?>", *written, f"<q:p {q}><![CDATA[/>]]></q:p>"])
        )

    def keywords(name: str, uri: str) -> str:
        items = "".join(
            f"{blank}<{rdf}:li>{escape(word)}</{rdf}:li>{extra()}"
            for word in draw(st.lists(_WORDS, max_size=3))
        )
        kind = draw(st.sampled_from(["Bag", "Seq", "Alt"]))
        inner = (
            f"<{rdf}:{kind}>{items}{blank}</{rdf}:{kind}>"
            if items
            else draw(st.sampled_from([f"<{rdf}:{kind}/>", "", blank]))
        )
        tag = f"k:{name}"
        return (
            f"<{tag} xmlns:k='{uri}'>{inner}</{tag}>"
            if inner or draw(st.booleans())
            else f"<{tag} xmlns:k='{uri}'/>"
        )

    def description(properties: list[tuple[str, str]]) -> str:
        about = draw(st.sampled_from(["", "uuid:1"]))
        inner = "".join(keywords(*held) for held in properties)
        tag = f"{rdf}:Description"
        return f"{blank}<{tag} {rdf}:about='{about}'>{extra()}{inner}{blank}{extra()}</{tag}>"

    subject, hierarchical = ("subject", DC), ("hierarchicalSubject", LR)
    kinds = st.sampled_from([[], [subject], [hierarchical], [subject, hierarchical]])
    descriptions = "".join(map(description, draw(st.lists(kinds, max_size=2))))
    inner = f"{extra()}<{rdf}:RDF xmlns:{rdf}='{RDF}'>{descriptions}{extra()}</{rdf}:RDF>{blank}"
    if draw(st.booleans()):
        inner = f"<m:xmpmeta xmlns:m='adobe:ns:meta/'>{inner}{extra() if rdf != 'm' else ''}</m:xmpmeta>"
        inner = (
            inner if draw(st.booleans()) else "<?xpacket begin='' id='x'?>" + inner + "<?xpacket end='w'?>"
        )
    else:
        inner = f"<{rdf}:RDF xmlns:{rdf}='{RDF}'>{descriptions}{extra()}</{rdf}:RDF>"
    return inner.encode(encoding)


@settings(max_examples=300, deadline=None)
@given(packets(), st.lists(_WORDS, min_size=1, max_size=4))
def test_any_sidecar_keeps_its_other_content(before: bytes, words: list[str]) -> None:
    try:
        events(before)
    except expat.ExpatError:  # a prefix that is not known there
        with pytest.raises(CannotAdd):
            with_keywords(before, words, [])
        return
    after = with_keywords(before, words, [f"kind|{word}" for word in words])
    assert is_kept(before, after)
    assert with_keywords(after, words, [f"kind|{word}" for word in words]) == after
    held = "".join(str(event) for event in events(after))
    assert all(repr(word.strip())[1:-1] in held for word in words)


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
@pytest.mark.parametrize("before", [b"", DARKTABLE.encode(), b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"])
def test_exiftool_reads_them(tmp_path: Path, before: bytes) -> None:
    file = tmp_path / "a.xmp"
    file.write_bytes(with_keywords(before, ["spring", "ü & <b>"], ["season|spring"]))
    told = subprocess.run(
        ["exiftool", "-s3", "-sep", "//", "-XMP-dc:Subject", "-XMP-lr:HierarchicalSubject", str(file)],
        capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    assert told[0].split("//")[-2:] == ["spring", "ü & <b>"] and told[1] == "season|spring"
