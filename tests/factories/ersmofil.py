"""ERSMOIndata files to compare: what two of them say, however it is written."""

from lxml import etree


def canonical(kropp):
    """Return the content of a file by event id.

    Not content: the order of attributes, of the elements of an event and of rows with different
    OrdnNr, lists without rows, empty attributes other than the class of VårdFöre, and an explicit
    Makulerad="false".
    """
    rot = etree.fromstring(kropp, etree.XMLParser(remove_comments=True))
    return {element.get("ID"): _event(element) for element in rot}


def _event(element):
    (klass,) = element.find("Händelseklass")
    return (
        {"Makulerad": "false", **_said(element)},
        _said(element.find("Patient")),
        klass.tag,
        _said(klass),
        {
            barn.tag: (_said(barn), sorted((_order(rad), sorted(rad.items())) for rad in barn))
            for barn in klass
            if barn.attrib or len(barn)
        },
    )


def _said(element):
    return {namn: varde for namn, varde in element.items() if varde or namn == "Klass"}


def _order(rad):
    return int(rad.get("OrdnNr", "0"))
