"""What a visitor of the page sees and can do, in a real browser."""

import re
from collections import Counter

import numpy as np
import pytest

from sklearn_bigram import CountBigramLM, NameTokenizer, NeuralBigramLM

pytestmark = pytest.mark.xdist_group("browser")
FEW = ["emma", "olivia", "ava", "mia", "anna", "hannah", "noah", "liam", "annika", "ann"]
HOVER = "$(a).dispatchEvent(new PointerEvent('pointerover', {bubbles: true}))"


def cell(row, column):
    """Return the selector of the cell of two letters in the page of the bundled names."""
    letters = ".abcdefghijklmnopqrstuvwxyz"
    return f"#map tr:nth-child({letters.index(row) + 1}) td:nth-child({letters.index(column) + 2})"


def press(page, *names):
    from selenium.webdriver.common.keys import Keys

    page.keys(*(getattr(Keys, name) for name in names))


# The map


def test_the_map_has_a_row_and_a_column_for_each_symbol(page):
    assert page.js("[...$('#map').rows].map((row) => row.cells.length)") == [28] * 28
    assert page.texts("#map tbody th") == list(".abcdefghijklmnopqrstuvwxyz")
    assert page.texts("#map thead th") == list(".abcdefghijklmnopqrstuvwxyz")
    assert page.text("#summary").startswith("This model has counted the 92,725 bigrams of 12,951 ")


def test_a_cell_is_described_under_the_mouse(page, bundled, names):
    page.js(HOVER, cell("a", "n"))
    text = page.text("#cell")
    model = bundled[0]
    n = int(model.counts_[1, 14])
    assert text.startswith("an n after a")
    assert f"Counted {n:,} times" in text
    assert f"Probability {model.transition_matrix_[1, 14]:.4f}:" in text
    examples = re.search(r"As in (.*)\.", text)[1].split(", ")
    assert len(examples) == 6
    assert set(examples) <= set(names)
    assert all("an" in name for name in examples)


def test_a_cell_is_described_under_a_real_mouse_and_a_finger(page):
    from selenium.webdriver import ActionChains

    ActionChains(page.driver).move_to_element(page.find(cell("q", "u"))).perform()
    page.wait("$('#cell').innerText.startsWith('qu')")
    page.js(
        "(() => { const { x, y } = $(a).getBoundingClientRect();"
        "const touch = { pointerType: 'touch', clientX: x + 5, clientY: y + 5 };"
        "$('#map').dispatchEvent(new PointerEvent('pointermove', touch)); })()",
        cell("c", "h"),
    )
    assert page.text("#cell").startswith("ch")


def test_examples_at_the_ends_of_names(page, names):
    first = page.js("e.examples(0, 26)")
    last = page.js("e.examples(26, 0)")
    assert first
    assert last
    assert all(name.startswith("z") for name in first)
    assert all(name.endswith("z") for name in last)
    assert set(first) | set(last) <= set(names)
    counts = page.js(
        "Array.from({ length: 27 * 27 }, (_, k) => e.examples(Math.floor(k / 27), k % 27).length)"
    )
    N = np.array(page.js("Array.from(e.counts)"))
    assert ((np.array(counts) > 0) == (N > 0)).all()


def test_the_map_has_one_tab_stop_and_arrow_keys(page):
    assert page.js("$('#map').querySelectorAll('[tabindex=\"0\"]').length") == 1
    page.js("$('#shade').focus()")
    press(page, "TAB")
    assert page.text("#cell").startswith("an")  # the most frequent bigram
    press(page, "ARROW_UP", "ARROW_UP")
    assert page.js("document.activeElement.scope") == "col"
    press(page, "HOME", "ARROW_DOWN", "ARROW_DOWN", "ARROW_RIGHT")
    assert page.text("#cell").startswith("aa")
    assert page.js("document.activeElement.getAttribute('aria-label')") == "aa"
    assert page.js("document.activeElement.getAttribute('role')") == "gridcell"
    press(page, "END")
    assert page.text("#cell").startswith("az")
    press(page, "HOME", "ARROW_UP", "ARROW_LEFT")
    assert page.js("document.activeElement.scope") == "row"
    press(page, "ARROW_UP", "ARROW_UP")  # not into the empty corner
    assert page.js("document.activeElement.scope") == "row"
    assert page.js("$('#map').querySelectorAll('[tabindex=\"0\"]').length") == 1


def test_rows_are_sorted_by_frequency_and_by_a_column(page, bundled):
    model = bundled[0]
    page.js(
        "($('#row-order').value = 'frequency', $('#row-order').dispatchEvent(new Event('change')))"
    )
    order = np.argsort(-model.counts_.sum(axis=1), kind="stable")
    assert page.texts("#map tbody th") == model.symbols_[order].tolist()
    page.click("#map thead th:nth-child(2)")  # the end
    order = np.argsort(-model.transition_matrix_[:, 0], kind="stable")
    assert page.texts("#map tbody th") == model.symbols_[order].tolist()
    assert page.js("$('[aria-sort=descending]').innerText") == "."
    assert page.js("$('#row-order').selectedOptions[0].text") == "likeliest ends first"
    page.js("$('#map thead th:nth-child(3)').focus()")
    press(page, "ENTER")
    assert page.js("$('#row-order').selectedOptions[0].text") == "likeliest before a first"
    page.set_slider(30)
    model = CountBigramLM(alpha=page.js("e.data.models[0].values[30]")).fit(model_names(page))
    order = np.argsort(-model.transition_matrix_[:, 1].round(12), kind="stable")
    assert page.texts("#map tbody th") == model.symbols_[order].tolist()


def model_names(page):
    return page.js("e.data.names.list")


def test_the_color_of_a_cell_stands_for_its_value(page):
    def colors():
        pixels = "$('#shades').getContext('2d').getImageData(0, 0, 27, 27).data"
        return np.array(page.js(f"Array.from({pixels})")).reshape(27 * 27, 4)

    low, high = np.array([0xF1, 0xF4, 0xF9, 255]), np.array([0x0C, 0x2C, 0x74, 255])

    def expected(values):
        return low + np.sqrt(values)[:, None] * (high - low)

    P = np.array(page.matrix())
    assert np.abs(colors() - expected(np.minimum(P / 0.5, 1))).max() <= 0.51
    page.js("($('#shade').value = 'count', $('#shade').dispatchEvent(new Event('change')))")
    N = np.array(page.js("Array.from(e.counts)"))
    assert np.abs(colors() - expected(N / N.max())).max() <= 0.51
    page.click("#map thead th:nth-child(2)")
    order = page.js("[...document.querySelectorAll('#map tbody tr')].map((x) => x.innerText[0])")
    rows = [".abcdefghijklmnopqrstuvwxyz".index(symbol) for symbol in order]
    sorted_counts = N.reshape(27, 27)[rows].ravel()
    assert np.abs(colors() - expected(sorted_counts / N.max())).max() <= 0.51


def test_the_map_is_dark_in_a_dark_theme(page):
    scheme = {"name": "prefers-color-scheme", "value": "dark"}
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    page.wait("$('#shades').getContext('2d').getImageData(0, 0, 1, 1).data[0] < 128")
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


# The slider


def test_everything_follows_the_slider(page):
    page.click("#tab-judge")
    page.type("#name", "qz")
    before = page.text("#name-numbers"), page.text("#losses"), page.text("#cell")
    page.set_slider(0)
    assert "Impossible" in page.text("#verdict")
    assert "∞" in page.text("#name-numbers")
    assert (page.text("#name-numbers"), page.text("#losses"), page.text("#cell")) != before
    page.js(HOVER, cell("q", "z"))
    assert "Counted 0 times" in page.text("#cell")
    assert "Probability 0.0000: 0%" in page.text("#cell")
    page.set_slider(10**6)
    assert "Probability 0.0370: 3.7%" in page.text("#cell")
    assert "∞ (uniform)" in page.text("#slider-value")
    assert page.texts("#losses dd")[:3] == ["3.2958"] * 3


def test_the_slider_obeys_the_keyboard_and_tells_its_value(page):
    page.js("$('#slider').focus()")
    press(page, "ARROW_RIGHT")
    assert page.text("#slider-value") == "1.5"
    assert page.js("$('#slider').getAttribute('aria-valuetext')") == "alpha 1.5"
    press(page, "HOME")
    assert page.text("#slider-value") == "0"
    press(page, "END")
    assert page.js("$('#slider').getAttribute('aria-valuetext')") == "alpha infinite"


def test_the_switch_is_a_radio_group(page):
    page.js("$('#models button').focus()")
    press(page, "ARROW_RIGHT")
    assert page.text("#models [aria-checked=true]") == "Network"
    assert page.text("#slider-label") == "Penalty reg"
    assert page.text("#slider-value") == "0.01"
    press(page, "ARROW_RIGHT")
    assert page.text("#models [aria-checked=true]") == "Counting"
    assert page.text("#slider-value") == "1"


def test_the_curves_show_training_and_held_out_names(page):
    label = page.js("$('#curve-label').textContent")
    values, held_out = page.js("[e.data.models[0].values, e.data.models[0].held_out]")
    best = min(
        range(len(values)), key=lambda k: float("inf") if held_out[k] is None else held_out[k]
    )
    assert f"Held out: least at alpha {values[best]:g}, {held_out[best]:.4f}." in label
    assert page.js("document.querySelectorAll('#curve polyline').length") == 2
    assert page.texts("#losses dt")[:2] == ["training NLL", "held-out NLL"]
    assert page.texts("#losses dd")[3] == f"{values[best]:g}"


def test_a_page_of_counts_alone_has_no_held_out_names_and_says_so(open_page):
    page = open_page(CountBigramLM().fit(FEW))
    assert page.texts("#losses dt") == ["training NLL", "NLL of a blind guess"]
    page.click("#tab-samples")
    assert "cannot tell which of them are new" in page.text("#samples-status")
    page.click("#tab-judge")
    page.type("#name", "emma")
    assert "training list" not in page.text("#verdict")


def test_a_model_without_a_slider_shows_itself(open_page):
    page = open_page(CountBigramLM(smoothing="witten-bell").fit(FEW), FEW)
    assert page.text("#smoothing-hint").startswith("The model as it was fitted, by witten-bell.")
    assert page.js("$('#slider-box').hidden")
    page.set_model("Counting")
    assert not page.js("$('#slider-box').hidden")


# The walk


def test_a_walk_draws_a_name_letter_by_letter(page):
    page.set_slider(0)  # so that no name ends at its start
    assert page.text("#bars-title") == "What comes at the start of a name"
    page.click("#throw")
    u = float(re.search(r": (0\.\d{4}|1\.0000) falls on", page.text("#die-caption"))[1])
    assert page.js("e.fallsOn(0, e.walk.thrown.u) === e.walk.ids[1]")
    assert page.js("e.walk.thrown.u") == pytest.approx(u, abs=5.1e-5)
    marker = page.js("parseFloat($('.marker').style.left)")
    assert marker == pytest.approx(100 * page.js("e.walk.thrown.u"), abs=1e-3)
    left, width = page.js("['left', 'width'].map((x) => parseFloat($('.fallen').style[x]))")
    assert left - 1e-3 <= marker <= left + width + 1e-3
    assert page.text("#walk-status").startswith("The die shows ")
    letter = page.texts("#so-far span")[1]
    assert page.text("#bars-title") == f"What comes after {letter}"
    while not page.js("e.isOver()"):
        page.click("#throw")
    name = "".join(page.texts("#so-far span")[1:-1])
    assert page.text("#walk-status").endswith(f"The name is {name}.")
    assert page.text("#throw") == "Throw for a new name"
    page.click("#throw")
    assert len(page.texts("#so-far span")) == 3


def test_a_name_is_finished_at_once_if_motion_is_reduced(page):
    page.driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]},
    )
    page.click("#finish")
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert page.js("e.isOver() || e.walk.ids.length > 60")


def test_a_name_is_finished_step_by_step_and_can_be_stopped(page):
    page.click("#finish")
    page.wait("e.isOver() || e.walk.ids.length > 2")
    page.click("#restart")
    assert page.texts("#so-far span") == [".", "?"]
    assert page.text("#walk-status") == "The walk starts at the start of a name."


def test_bars_are_the_row_and_lead_to_the_next_symbol(page, bundled):
    P = bundled[0].transition_matrix_
    order = np.argsort(-P[0], kind="stable")
    assert page.texts("#bars .symbol") == bundled[0].symbols_[order[:10]].tolist()
    page.click("#all-bars")
    assert page.texts("#bars .symbol") == bundled[0].symbols_[order].tolist()
    assert page.texts("#bars .number")[0] == f"{P[0].max():.1%}"
    assert page.text("#all-bars") == "Show the 10 likeliest"
    page.click("#bars .bar:nth-child(2)")
    assert page.text("#bars-title") == "What comes after a"
    assert page.text("#walk-status") == "You chose a. So far: a."
    page.js("$('#bars .bar').focus()")
    press(page, "ARROW_DOWN", "ARROW_DOWN")
    chosen = page.js("document.activeElement.querySelector('.symbol').innerText")
    press(page, "ENTER")
    assert page.texts("#so-far span")[1:-1] == ["a", chosen]


def test_a_walk_starts_from_a_row_of_the_map(page):
    page.click("#tab-judge")
    page.click("#map tbody tr:nth-child(18) th")
    assert page.js("e.state.tab") == "walk"
    assert page.text("#bars-title") == "What comes after q"
    assert page.texts("#so-far span") == ["q", "?"]


def test_the_last_throw_follows_the_slider(page):
    page.js("(e.walk.ids.push(19), e.walk.thrown = {row: 0, u: 0.999999})")
    page.set_slider(10**6)
    assert "falls on z now; before, it fell on s." in page.text("#die-caption")


# A typed name


def test_a_name_is_judged(page, bundled):
    page.click("#tab-judge")
    page.type("#name", "krzysztof")
    model = bundled[0]
    explanation = model.explain("krzysztof")
    assert page.texts("#steps .symbol") == [
        ".k",
        "kr",
        "rz",
        "zy",
        "ys",
        "sz",
        "zt",
        "to",
        "of",
        "f.",
    ]
    assert page.texts("#steps .value") == [f"{-x:.1f}" for x in explanation.log_proba]
    assert page.texts("#name-numbers dd") == [
        f"{-model.score(['krzysztof']):.4f}",
        f"{np.log(27):.4f}",
        f"{explanation.standard_score:.2f}".replace("-", "−"),
    ]
    odd = page.texts("#steps .odd .symbol")
    assert odd == ["sz"]
    text = page.text("#verdict")
    assert "Very unusual: 4.5 standard deviations less likely" in text
    assert "The odd one is sz: after s, z has probability 0.43%; a has 15.4%." in text
    assert "It is in the training list." in text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("maria", "A very typical name: 1.9 standard deviations likelier"),
        ("emma", "A typical name"),
        ("edd", "Unusual: 1.7 standard deviations less likely"),
        ("maria", "No bigram is odd"),
        ("emmaemma", "It is not in the training list."),
    ],
)
def test_the_verdict_is_in_words(name, words, page):
    page.click("#tab-judge")
    page.type("#name", name)
    assert words in page.text("#verdict")


def test_the_path_of_a_name_is_drawn_over_the_map(page):
    page.click("#tab-judge")
    page.type("#name", "ava")
    points = page.js(
        "[...document.querySelectorAll('#path circle')]"
        ".map((x) => ['cx', 'cy'].map((name) => Number(x.getAttribute(name))))"
    )
    assert points == [[2.5, 1.5], [23.5, 2.5], [2.5, 23.5], [1.5, 2.5]]  # .a av va a.
    box = page.js(
        "[$('#path circle:nth-of-type(2)'), $(a)].map((x) => x.getBoundingClientRect())"
        ".map((box) => [box.x, box.y, box.width, box.height])",
        cell("a", "v"),
    )
    (x, y, w, h), (cx, cy, cw, ch) = box
    assert x + w / 2 == pytest.approx(cx + cw / 2, abs=1.5)
    assert y + h / 2 == pytest.approx(cy + ch / 2, abs=1.5)


def test_an_unknown_symbol_is_named(page):
    page.click("#tab-judge")
    page.type("#name", "zoë")
    assert page.text("#name-problem") == "“ë” is in no training name."
    assert page.js("$('#name').getAttribute('aria-invalid')") == "true"
    assert page.js("$('#judgement').hidden")
    page.type("#name", "Emma")
    assert page.text("#name-problem") == "“E” is in no training name. Try lower case."
    page.type("#name", "a.b")
    assert page.text("#name-problem") == ". marks the start and the end, and is in no name."
    page.type("#name", "zoe")
    assert page.js("$('#name-problem').hidden")
    assert page.js("$('#name').getAttribute('aria-invalid')") == "false"


# Samples


def test_samples_meet_the_conditions_and_are_looked_up(page, names):
    page.click("#tab-samples")
    page.type("#pattern", "an*")
    page.type("#min-length", "3")
    page.type("#max-length", "4")
    page.click("#constraints button")
    rows = page.texts("#sample-list li")
    assert len(rows) == 10
    n_listed = 0
    for row in rows:
        name, badge = row.split("\n")
        assert re.fullmatch("an[a-z]{1,2}", name)
        assert badge == ("in the training list" if name in names else "new")
        n_listed += name in names
    assert (
        f"{n_listed} of these 10 {'is' if n_listed == 1 else 'are'} in the training list."
        in page.text("#samples-status")
    )


def test_samples_tell_the_probability_of_the_conditions(page, bundled):
    page.click("#tab-samples")
    page.type("#pattern", "m??i?a")
    page.type("#max-length", "8")
    mass = np.exp(bundled[0].log_mass("m??i?a", 3, 8))
    assert f"Of all names that the model draws, {100 * mass:.2g}% meet" in page.text(
        "#samples-status"
    )


def test_samples_follow_the_slider_by_the_same_random_numbers(page):
    page.click("#tab-samples")
    before = page.texts("#sample-list button")
    page.set_slider(10**6)
    assert page.texts("#sample-list button") != before
    page.set_slider(page.js("e.data.models[0].start"))
    assert page.texts("#sample-list button") == before
    page.click("#constraints button")
    assert page.texts("#sample-list button") != before


@pytest.mark.parametrize(
    ("field", "text", "problem"),
    [
        ("#pattern", "a[b", "A [ is not closed"),
        ("#pattern", "a.b", "A pattern is not a regular expression"),
        ("#pattern", "é", "“é” is in no training name."),
        ("#pattern", "[!a-z]", "[!a-z] matches no symbol."),
        ("#min-length", "11", "The shortest length is more than the longest."),
        ("#max-length", "41", "Lengths are whole numbers from 1 to 40."),
        ("#max-length", "", "Lengths are whole numbers from 1 to 40."),
        ("#pattern", "a" * 11, "No name meets this pattern and these lengths with this smoothing."),
        ("#pattern", "*a" + "?" * 12, "This pattern is too long or has too many *."),
    ],
)
def test_conditions_that_cannot_be_met_are_explained(field, text, problem, page):
    page.click("#tab-samples")
    page.type(field, text)
    assert problem in page.text("#samples-problem")
    assert page.texts("#sample-list li") == []
    page.type("#pattern", "*")
    page.type("#min-length", "3")
    page.type("#max-length", "10")
    assert page.js("$('#samples-problem').hidden")
    assert len(page.texts("#sample-list li")) == 10


def test_a_sample_can_be_judged(page):
    page.click("#tab-samples")
    name = page.text("#sample-list button")
    page.click("#sample-list button")
    assert page.js("e.state.tab") == "judge"
    assert page.js("$('#name').value") == name
    assert page.js("document.activeElement.id") == "name"


def test_tabs_obey_arrow_keys(page):
    page.js("$('#tab-walk').focus()")
    press(page, "ARROW_RIGHT")
    assert page.js("[document.activeElement.id, $('#judge').hidden, $('#walk').hidden]") == [
        "tab-judge",
        False,
        True,
    ]
    press(page, "ARROW_LEFT", "ARROW_LEFT")
    assert page.js("document.activeElement.id") == "tab-samples"


# Any names


def test_a_model_of_one_empty_name_has_a_page(open_page):
    page = open_page(CountBigramLM(alpha=0).fit([""]), [""])
    assert page.matrix() == [1]
    page.click("#throw")
    assert page.text("#walk-status").endswith("The name is empty.")
    page.click("#tab-samples")
    assert (
        page.text("#samples-problem")
        == "No name meets this pattern and these lengths with this smoothing."
    )


HOSTILE = [
    "</script><img onerror=alert(1) src=x>",
    "<!--<script>",
    "\u2028\u2029",
    "a\x00b",
    "\ud800",
    "&amp;\"'`${1}",
    "𝒳é",
]


def test_hostile_names_are_text(open_page):
    page = open_page(CountBigramLM().fit(HOSTILE), HOSTILE)
    held = page.js("e.data.names.list.map((name) => [...name].map((c) => c.codePointAt(0)))")
    assert sorted(held) == sorted([ord(c) for c in name] for name in HOSTILE)
    assert page.js("document.images.length") == 0
    page.js(
        "(e.chooseTab('judge'), $('#name').value = a,$('#name').dispatchEvent(new Event('input')))",
        HOSTILE[0],
    )
    assert page.text("#verdict").endswith("It is in the training list.")
    open_angle = page.js("e.data.symbols.indexOf('<')")
    page.js(HOVER, f"#map tr:nth-child(1) td:nth-child({open_angle + 2})")
    assert "</script><img onerror=alert(1) src=x>" in page.text("#cell")
    page.click("#tab-samples")
    assert page.js("document.images.length") == 0
    labels = page.texts("#map tbody th")
    assert {"\\x00", "\\u2028", "\\ud800", "␣"} <= set(labels)


@pytest.mark.parametrize("strip", ["ascii", "unicode"])
def test_names_are_normalized_as_by_the_tokenizer(strip, open_page):
    tokenizer = NameTokenizer(lowercase=True, strip_accents=strip, boundary="#")
    texts = ["ZOË", "Ångström", "x\u0301\u0323y", "ﬁ", "\u0345a", "Ⅳ", "क\u093e", "e\u034f"]
    model = CountBigramLM(tokenizer=tokenizer).fit(texts)
    page = open_page(model, texts)
    expected = [
        model.tokenizer_.inverse_transform(model.tokenizer_.transform([t]))[0] for t in texts
    ]
    assert page.js("a.map(e.normalize)", texts) == expected


def test_a_function_that_strips_accents_is_said_to_be_missing(open_page):
    tokenizer = NameTokenizer(strip_accents=str.swapcase)
    page = open_page(CountBigramLM(tokenizer=tokenizer).fit(["Ab"]), ["Ab"])
    page.click("#tab-judge")
    assert "type the name without them" in page.text("#judge")


def test_symbols_of_several_characters(open_page):
    tokenizer = NameTokenizer(analyzer="grapheme")
    names = ["e\u0301a", "ea", "🇩🇪a"]
    pytest.importorskip("regex")
    model = CountBigramLM(tokenizer=tokenizer).fit(names)
    page = open_page(model, names)
    for name in names:
        assert page.js("e.split(a)", name) == model.tokenizer_.transform([name]).data.tolist()
    page.click("#tab-judge")
    page.type("#name", "ea")
    assert page.texts("#steps .symbol") == [". e", "e a", "a ."]


def test_an_unknown_symbol_can_have_one_of_its_own(open_page):
    tokenizer = NameTokenizer(handle_unknown="use_unknown")
    model = CountBigramLM(tokenizer=tokenizer).fit(["ab", "ba"])
    page = open_page(model, ["ab", "ba"])
    assert page.js("e.explain(e.state.P, e.split('aé')).logLikelihood") == pytest.approx(
        model.score_samples(["aé"])[0], rel=1e-12
    )


def test_a_part_of_many_names_makes_no_false_claim(open_page):
    names = [f"{k:06}" * 12 for k in range(5000)]
    page = open_page(CountBigramLM().fit(names), names)
    held = page.js("e.data.names.list")
    assert 2000 < len(held) < 5000
    assert set(held) < set(names)
    left_out = next(name for name in names if name not in held)
    page.click("#tab-judge")
    page.js("($('#name').value = a, $('#name').dispatchEvent(new Event('input')))", left_out)
    assert "It is not in the part of the training list that this page holds." in page.text(
        "#verdict"
    )
    page.click("#tab-samples")
    assert f"the {len(held):,} of 5,000 training names that this page holds" in page.text(
        "#samples-status"
    )
    assert "new" not in page.text("#sample-list")


# The page itself


def test_the_page_asks_for_nothing_from_the_network(page):
    entries = page.js("performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert [name for name in entries if not name.startswith(("data:", "blob:"))] == []


@pytest.mark.parametrize(("width", "scrolls"), [(1440, 0), (768, 0), (390, 0), (320, 1)])
def test_nothing_is_wider_than_the_screen(width, scrolls, page):
    page.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500},
    )
    for tab in ("walk", "judge", "samples"):
        page.click(f"#tab-{tab}")
        assert page.js("document.documentElement.scrollWidth") <= width
    # A finger moves over the cells of the map, unless the map itself has to be moved.
    touch = "auto" if scrolls else "pan-y"
    page.wait(f"getComputedStyle($('#map-frame')).touchAction === '{touch}'")
    page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_page_works_in_the_frame_of_a_notebook(browser, folder):
    from sklearn_bigram import BigramExplorer
    from tests.explorer.browser import Page

    path = folder / "notebook.html"
    html = BigramExplorer(NeuralBigramLM().fit(FEW), FEW)._repr_html_()
    path.write_text(f"<!DOCTYPE html><title>x</title>{html}", encoding="utf-8")
    browser.get(path.as_uri())
    browser.switch_to.frame(0)
    page = Page.__new__(Page)
    page.driver = browser
    page.wait("window.bigramExplorer")
    assert page.text("#models [aria-checked=true]") == "Network"
    browser.switch_to.default_content()


def test_an_old_browser_is_told_so(browser, bundled, folder):
    path = folder / "old.html"
    text = bundled[1].read_text(encoding="utf-8")
    path.write_text(text.replace("DecompressionStream", "MissingStream"), encoding="utf-8")
    browser.get(path.as_uri())
    for _ in range(200):
        problem = browser.find_element("css selector", "#problem").text
        if problem:
            break
    assert problem == "This page needs a browser of 2023 or later."
    assert len(browser.get_log("browser")) == 1


def test_walks_have_the_lengths_of_the_model(page, bundled):
    """Walks are checked as a whole, too: the proportion of names of one or two letters."""
    lengths = page.js(
        "Array.from({length: 5000}, () => { let id = 0, n = 0;"
        "do { id = e.fallsOn(id, e.random()); n += 1; } while (id > 0); return n - 1; })"
    )
    expected = bundled[0].length_distribution(4)
    found = Counter(lengths)
    for length, p in enumerate(expected):
        assert abs(found[length] - 5000 * p) < 6 * np.sqrt(5000 * p * (1 - p)) + 1
