"""Hidden text: removes from a page what a browser does not show or strikes out; the only importer of cssselect2."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Tree = Any
"""An lxml element; Any, because lxml has no type hints."""
Style = dict[str, str]
"""Declarations of an element by property, in lower case."""

HIDDEN_TAGS = set(
    "area audio button canvas datalist embed iframe map math noembed noframes noscript object optgroup option script "
    "select style svg template textarea title video".split()
)
STRUCK_TAGS = ("del", "s", "strike")
HIDDEN_CLASS = re.compile(
    r"(?:(?:u|is|js|util|text)[-_]{1,2})?(?:hidden|hide|invisible|hidden-text)|d-none|display-none|no-?display"
    r"|(?:u-|is-|text-)?(?:visually|visibility|screen|accessib(?:ly|ility))[-_]?hid(?:e|den)"
    r"|(?:u-|is-)?(?:sr|screen-?reader|a11y)(?:[-_](?:only|text))+(?:-focusable)?|screen-?reader|off-?screen|mso-?hide",
    re.IGNORECASE,
)
"""Class names by which pages hide text in stylesheets that a saved page may lack."""
SHOWN_CLASS = re.compile(r"\w+:(?:block|flex|grid|inline|table|contents|visible|not-sr-only)", re.IGNORECASE)
"""Class that shows a hidden element on larger screens."""
HIDING_PROPERTIES = set(
    "display visibility content-visibility opacity font-size clip clip-path mso-hide position left right top bottom "
    "text-indent transform width height max-width max-height overflow color background background-color "
    "text-decoration text-decoration-line margin-left margin-top background-clip -webkit-background-clip".split()
)
ZERO = re.compile(r"[+-]?0*\.?0*(?:px|pt|r?em|ex|ch|%|v[wh])?")
LENGTH = re.compile(r"(-?\d*\.?\d+)(px|pt|r?em|ex|ch|%|v[wh])?")
MIN_OFF_SCREEN = {"px": 200.0, "pt": 150.0, "em": 20.0, "rem": 20.0, "ex": 40.0, "ch": 40.0, "%": 100.0, "vw": 100.0}
"""Distance, by unit, from which an element with a negative offset lies outside the page."""
CLIPPED = re.compile(
    r"rect\((?:\s*(?:0|1px|0px|auto),?){4}\s*\)|inset\(\s*(?:[5-9]\d|100)%.*\)|circle\(0.*\)|polygon\((?:0[^,)]*,?\s*)+\)"
)
MAX_HIDDEN_SHARE = 0.5
"""A rule that would hide more of a page's text is undone by the page's scripts, and is ignored."""
MAX_STYLESHEET_CHARACTERS = 1_000_000
PRINT_OR_NARROW = re.compile(
    r"print|max-(?:device-)?width|width\s*<|>=?\s*width|speech|prefers-|hover|orientation", re.IGNORECASE
)
NO_COLOUR = re.compile(r"inherit|initial|unset|revert|revert-layer|currentcolor|none|.*\bvar\(.*")
"""Value that does not say which colour it is."""


def remove_hidden(tree: Tree) -> None:
    """Remove the elements of a page that are hidden or struck out, in place; the text after each stays."""
    shown = max(_length(tree), 1)
    styles = _styles(tree, MAX_HIDDEN_SHARE * shown)
    for node in list(tree.iter()):
        if node is tree or node.getparent() is None:
            continue
        if (
            not isinstance(node.tag, str)
            or node.tag in HIDDEN_TAGS
            or node.tag in STRUCK_TAGS
            or (_is_hidden(node, styles.get(node, {})) and _length(node) <= MAX_HIDDEN_SHARE * shown)
        ):
            detach(node)


def detach(node: Tree) -> None:
    """Remove an element and its text, but not the text after it."""
    parent, before, tail = node.getparent(), node.getprevious(), node.tail
    if tail:
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
    node.tail = None
    parent.remove(node)


def _length(tree: Tree) -> int:
    """Return the number of characters that an element shows, without scripts and styles."""
    return sum(
        len((node.text or "").strip())
        for node in tree.iter()
        if isinstance(node.tag, str) and node.tag not in HIDDEN_TAGS
    ) + sum(len((node.tail or "").strip()) for node in tree.iter() if node is not tree)


def _is_hidden(node: Tree, style: Mapping[str, str]) -> bool:
    if node.get("hidden") is not None or (node.get("aria-hidden") or "").strip().lower() == "true":
        return True
    if node.tag == "dialog" and node.get("open") is None:
        return True
    if style and _hides(style):
        return True
    classes = (node.get("class") or "").split()
    return any(HIDDEN_CLASS.fullmatch(name) for name in classes) and not any(map(SHOWN_CLASS.fullmatch, classes))


def _hides(style: Mapping[str, str]) -> bool:
    """Whether an element with these declarations is hidden or struck out."""
    get = style.get
    if get("display") == "none" or get("visibility") in ("hidden", "collapse") or get("content-visibility") == "hidden":
        return True
    if get("mso-hide") == "all" or _is_invisible_ink(get("color"), style):
        return True
    if any(ZERO.fullmatch(get(name, "x")) for name in ("opacity", "font-size")):
        return True
    if "line-through" in get("text-decoration", "") + get("text-decoration-line", ""):
        return True
    if any(CLIPPED.match(get(name, "")) for name in ("clip", "clip-path")):
        return True
    if get("overflow") in ("hidden", "clip") and any(
        ZERO.fullmatch(value) or value == "1px"
        for name in ("height", "max-height", "width", "max-width")
        if (value := get(name))
    ):
        return True
    offsets = [get("text-indent")]
    if get("position") in ("absolute", "fixed"):
        offsets += [get(name) for name in ("left", "right", "top", "bottom", "margin-left", "margin-top")]
    if any(_is_off_screen(value) for value in offsets if value):
        return True
    moved = re.match(r"(scale|translate)[xy3d]*\(([^,)]*)", get("transform", ""), re.IGNORECASE)
    return moved is not None and (
        bool(ZERO.fullmatch(moved[2].strip())) if moved[1].lower() == "scale" else _is_off_screen(moved[2].strip())
    )


def _is_invisible_ink(color: str | None, style: Mapping[str, str]) -> bool:
    if color is None or NO_COLOUR.fullmatch(color):
        return False
    if color == "transparent":
        clips = (style.get(name, "") for name in ("background-clip", "-webkit-background-clip", "background"))
        return not any("text" in clip.split() for clip in clips)
    return color in (style.get("background-color"), style.get("background"))


def _is_off_screen(value: str) -> bool:
    found = LENGTH.fullmatch(value)
    return found is not None and float(found[1]) < 0 and -float(found[1]) >= MIN_OFF_SCREEN.get(found[2] or "px", 100.0)


def _styles(tree: Tree, max_hidden: float) -> dict[Tree, Style]:
    """Return the declarations that may hide each element, from the page's stylesheets and its `style` attribute.

    Elements are left out that a rule hides which hides more than so many characters of the page.
    """
    # Imported here: only pages need it, and no question does.
    import cssselect2  # noqa: PLC0415
    import tinycss2  # noqa: PLC0415

    found: dict[Tree, Style] = {}
    hidden: dict[int, dict[Tree, int]] = {}
    css = "\n".join("".join(node.itertext()) for node in tree.iter("style") if _is_for_screens(node))
    matcher = cssselect2.Matcher()
    any_rule = False
    for rule in _rules(tinycss2.parse_stylesheet(css[:MAX_STYLESHEET_CHARACTERS], True, True), tinycss2):
        declared = _declarations(rule.content, tinycss2)
        if not declared:
            continue
        try:
            selectors = cssselect2.compile_selector_list(rule.prelude)
        except cssselect2.SelectorError:
            continue
        for selector in selectors:
            if selector.pseudo_element is None and not selector.never_matches:
                matcher.add_selector(selector, declared)
                any_rule = True
    if any_rule:
        for element in cssselect2.ElementWrapper.from_html_root(tree).iter_subtree():
            node, matches = element.etree_element, matcher.match(element)
            ordinary, important = _cascade(matches)
            style = ordinary | important
            if style:
                found[node] = style
            if style and _hides(style):
                by_rule = hidden.setdefault(_hiding_rule(matches), {})
                by_rule[node] = 0 if any(above in by_rule for above in node.iterancestors()) else _length(node)
    for by_rule in hidden.values():
        if sum(by_rule.values()) > max_hidden:
            for node in by_rule:
                found.pop(node, None)
    for node in tree.xpath(".//*[@style]"):
        own = _declarations(node.get("style"), tinycss2)
        found[node] = found.get(node, {}) | {name: value for name, (value, _) in own.items()}
    return found


Declared = dict[str, tuple[str, bool]]
"""Value of each property, and whether it is marked as important."""


def _cascade(matches: Iterable[tuple[Any, int, Any, Declared]]) -> tuple[Style, Style]:
    """Merge the matching rules, which come in the order of the cascade."""
    ordinary: Style = {}
    important: Style = {}
    for _specificity, _order, _pseudo, declared in matches:
        for name, (value, is_important) in declared.items():
            (important if is_important else ordinary)[name] = value
    return ordinary, important


def _hiding_rule(matches: list[tuple[Any, int, Any, Declared]]) -> int:
    """Return the identity of the rule that hides an element: the last that does so alone, or the last of several."""
    for *_, declared in reversed(matches):
        if _hides({name: value for name, (value, _) in declared.items()}):
            return id(declared)
    return id(matches[-1][-1])


def _is_for_screens(node: Tree) -> bool:
    return node.getparent() is not None and not PRINT_OR_NARROW.search(node.get("media") or "")


def _rules(rules: Iterable[Any], tinycss2: Any) -> Iterator[Any]:
    """Yield the style rules that hold on a wide screen, those inside at-rules included."""
    for rule in rules:
        if rule.type == "qualified-rule":
            yield rule
        elif rule.type == "at-rule" and rule.content and _is_conditional(rule, tinycss2):
            yield from _rules(tinycss2.parse_rule_list(rule.content, True, True), tinycss2)


def _is_conditional(rule: Any, tinycss2: Any) -> bool:
    """Whether an at-rule contains style rules that hold on a wide screen."""
    known = rule.lower_at_keyword in ("media", "supports", "layer")
    return known and not PRINT_OR_NARROW.search(tinycss2.serialize(rule.prelude))


def _declarations(content: Any, tinycss2: Any) -> Declared:
    return {
        each.lower_name: (tinycss2.serialize(each.value).strip().lower(), each.important)
        for each in tinycss2.parse_blocks_contents(content)
        if each.type == "declaration" and each.lower_name in HIDING_PROPERTIES
    }
