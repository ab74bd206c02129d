"""The PDF's XMP metadata: what it is, when the period was closed, and that it is built as PDF/A-3B.

fpdf2's own would carry the time of printing, and two printings would differ.
"""

from xml.sax.saxutils import escape, quoteattr

_NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
}


def xmp(*, title: str, author: str, subject: str, producer: str, created_at: str) -> str:
    """The `x:xmpmeta` element; `created_at` as the receipt writes instants. There is no Info dictionary beside it."""
    namespaces = "".join(f" xmlns:{prefix}={quoteattr(name)}" for prefix, name in _NAMESPACES.items())
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about=""{namespaces}>'
        "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>"
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(title)}</rdf:li></rdf:Alt></dc:title>'
        f"<dc:creator><rdf:Seq><rdf:li>{escape(author)}</rdf:li></rdf:Seq></dc:creator>"
        f'<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{escape(subject)}</rdf:li></rdf:Alt></dc:description>'
        f"<xmp:CreateDate>{created_at}</xmp:CreateDate><xmp:ModifyDate>{created_at}</xmp:ModifyDate>"
        f"<xmp:MetadataDate>{created_at}</xmp:MetadataDate><pdf:Producer>{escape(producer)}</pdf:Producer>"
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
