from __future__ import annotations

import json

from polychrony.experiments.reporting.markup import data_block, html, pairs, table, tag

EVIL = "</script><img src=x onerror=\"alert('1')\">&"


def test_texts_are_escaped_and_markup_is_not():
    escaped = "&lt;/script&gt;&lt;img src=x onerror=&quot;alert(&#x27;1&#x27;)&quot;&gt;&amp;"
    assert html(EVIL) == escaped
    assert tag("p", EVIL, title=EVIL) == f'<p title="{escaped}">{escaped}</p>'
    assert tag("p", tag("b", "<")) == "<p><b>&lt;</b></p>"
    for made in (table(EVIL, [EVIL], [[EVIL, EVIL]]), pairs([(EVIL, EVIL)])):
        assert "<img" not in made
        assert escaped in made


def test_attributes_have_the_names_of_html():
    assert tag("label", for_="a", data_at="/x") == '<label for="a" data-at="/x"></label>'
    assert tag("meta", name="a", content="b") == '<meta name="a" content="b">'
    assert tag("input_", hidden=True, title=None) == "<input_ hidden></input_>"


def test_a_text_cannot_leave_a_block_of_data():
    block = data_block("content", {EVIL: [EVIL, 1.5, None]})
    assert block.count("<") == 2
    inside = block.split(">", 1)[1].removesuffix("</script>")
    assert json.loads(inside) == {EVIL: [EVIL, 1.5, None]}
