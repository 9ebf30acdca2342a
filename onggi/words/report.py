"""Words for drawing an answer."""

from __future__ import annotations

from onggi.words.entry import Words

WORDS: dict[str, Words] = {
    "report.matplotlib_missing": Words(
        ko="matplotlib 패키지가 설치되어 있지 않습니다.",
        en="matplotlib is not installed.",
        next_ko="`pip install 'onggi[plots]'` 명령으로 설치하거나 .to_svg(), .to_html()을 사용하십시오.",
        next_en="Run `pip install 'onggi[plots]'`, or use .to_svg() or .to_html().",
        status=422,
        exit=340,
    ),
    "report.axes_differ": Words(
        ko="그림의 칸 수와 받은 축의 수가 다릅니다. 칸: {panels}, 축: {axes}",
        en="The figure has another number of panels than axes were given. Panels: {panels}. Axes: {axes}",
        next_ko="축을 칸의 수만큼 주거나, ax 없이 .plot()을 사용하십시오.",
        next_en="Give one axes a panel, or call .plot() without ax.",
        status=422,
        exit=341,
    ),
}
