"""Whether expat and libxml2 take each document for XML with namespaces.

Documents come on standard input, each after its length as four bytes, big end first. For each a line
goes out: expat's vote and libxml2's, 1 for yes and 0 for no. libxml2 has none (-) where it gives up at a
namespace whose name is no URI, which processors need not check: Namespaces in XML 1.0 (3rd edition),
section 8.
"""

import struct
import sys
from xml.parsers import expat

from lxml import etree


def by_expat(document):
    # Expat refuses the separator in names of namespaces: one that no document can hold.
    parser = expat.ParserCreate(namespace_separator="\f")
    try:
        parser.Parse(document, True)
    except (expat.ExpatError, ValueError, LookupError):
        return "0"
    return "1"


def by_libxml2(document):
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        etree.fromstring(document, parser)
    except etree.XMLSyntaxError:
        # The exception's own log has entries of earlier documents.
        errors = {entry.type_name for entry in parser.error_log}
        return "-" if "WAR_NS_URI" in errors else "0"
    except ValueError:
        return "0"
    return "1"


def main():
    incoming = sys.stdin.buffer
    while header := incoming.read(4):
        document = incoming.read(struct.unpack(">I", header)[0])
        print(by_expat(document) + by_libxml2(document))


main()
