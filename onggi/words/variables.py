"""Words for units that the table of conversions does not hold."""

from onggi.words.entry import Words

WORDS: dict[str, Words] = {
    "units.unknown": Words(
        ko="단위 표에 없는 단위입니다. 단위: {unit}",
        en="The table of units does not hold this unit: {unit}.",
        next_ko="onggi.variables.number에 단위의 concept id와 환산표(conversions)를 직접 쓰십시오.",
        next_en="Give onggi.variables.number the unit's concept id and the conversions yourself.",
        status=422,
        exit=313,
    ),
    "units.unknown_analyte": Words(
        ko="몰 질량 표에 없는 검사 물질입니다. 물질: {analyte}",
        en="The table of molar masses does not hold this analyte: {analyte}.",
        next_ko="onggi.spec.units.ANALYTES에 있는 이름을 쓰거나 환산표(conversions)를 직접 쓰십시오.",
        next_en="Use a name in onggi.spec.units.ANALYTES, or write the conversions yourself.",
        status=422,
        exit=313,
    ),
    "units.not_convertible": Words(
        ko="열의 단위로 환산할 수 없는 단위입니다. 단위: {unit}",
        en="Numbers in this unit cannot be told in the unit of the column: {unit}.",
        next_ko="검사 물질(analyte)을 함께 쓰거나 환산표(conversions)를 직접 쓰십시오.",
        next_en="Name the analyte as well, or write the conversions yourself.",
        status=422,
        exit=313,
    ),
}
