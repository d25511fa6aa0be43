"""The tree of a document's structure elements in its file (ISO 32000-1, 14.7)."""

from collections.abc import Sequence

from pdf.canvas import Canvas
from pdf.file.objects import ObjectWriter, text_string
from pdf.structure import Content, Element, LinkArea


def write_structure(
    writer: ObjectWriter, canvas: Canvas, pages: Sequence[int], links: dict[LinkArea, int]
) -> int:
    """Add the structure of drawn pages to a file, and return the number of its root's object.

    `pages` and `links` are the numbers of their objects. In the tree of parents, the key of a page
    is its index. Those of the links follow, in the order of `links`.
    """
    tree = _Tree(writer, canvas, pages, links)
    root, parents = writer.reserve(), writer.reserve()
    document = tree.write(canvas.structure, root)
    writer.put(
        root,
        f"<</Type/StructTreeRoot/K {document} 0 R/ParentTree {parents} 0 R"
        f"/ParentTreeNextKey {len(pages) + len(links)}>>",
    )
    writer.put(parents, f"<</Nums[{' '.join(tree.parents())}]>>")
    return root


class _Tree:
    """Writes elements, and collects to which of them content and links belong."""

    def __init__(
        self,
        writer: ObjectWriter,
        canvas: Canvas,
        pages: Sequence[int],
        links: dict[LinkArea, int],
    ) -> None:
        self._writer = writer
        self._pages = pages
        self._links = links
        self._marked = [[0] * page.marks for page in canvas.pages]
        self._linked: dict[LinkArea, int] = {}

    def write(self, element: Element, parent: int) -> int:
        """Write an element and all below it, and return the number of its object."""
        number = self._writer.reserve()
        home: int | None
        match element.children:
            case [Content(home, mark)]:  # as of most cells
                self._marked[home][mark] = number
                kids = str(mark)
            case children:
                home, kids = self._kids(children, number)
        page = "" if home is None else f"/Pg {self._pages[home]} 0 R"
        self._writer.put(
            number, f"<</S/{element.tag}/P {parent} 0 R{page}{_entries(element)}/K {kids}>>"
        )
        return number

    def _kids(
        self, children: Sequence[Element | Content | LinkArea], number: int
    ) -> tuple[int | None, str]:
        """Write children, and return the page of the first content and the references to all."""
        home, kids = None, []
        for child in children:
            if isinstance(child, Element):
                kids.append(f"{self.write(child, number)} 0 R")
            elif isinstance(child, LinkArea):
                self._linked[child] = number
                page = self._pages[child.page]
                kids.append(f"<</Type/OBJR/Obj {self._links[child]} 0 R/Pg {page} 0 R>>")
            else:
                self._marked[child.page][child.mark] = number
                home = child.page if home is None else home
                kids.append(self._content(child, home))
        return home, f"[{' '.join(kids)}]"

    def _content(self, content: Content, home: int) -> str:
        """Return a reference to content of an element that began on the page `home`."""
        if content.page == home:
            return str(content.mark)
        return f"<</Type/MCR/Pg {self._pages[content.page]} 0 R/MCID {content.mark}>>"

    def parents(self) -> list[str]:
        """Return the pairs of keys and elements in the tree of parents."""
        marked = [
            f"{key} [{' '.join([f'{number} 0 R' for number in numbers])}]"
            for key, numbers in enumerate(self._marked)
        ]
        linked = [
            f"{key} {self._linked[area]} 0 R"
            for key, area in enumerate(self._links, len(self._pages))
        ]
        return marked + linked


def _entries(element: Element) -> str:
    """Return what an element's dictionary says of it, except for its place in the tree."""
    entries = ""
    if element.scope is not None:
        entries += f"/A<</O/Table/Scope/{element.scope}>>"
    if element.is_rearranged:
        entries += f"/ActualText<{text_string(element.text.strip())}>"
    if element.alt is not None:
        entries += f"/Alt<{text_string(element.alt)}>"
    if element.box is not None:
        box = " ".join(f"{edge:.2f}" for edge in element.box)
        entries += f"/A<</O/Layout/Placement/Block/BBox[{box}]>>"
    return entries
