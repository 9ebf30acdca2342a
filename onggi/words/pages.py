"""What a person reads when a page says no to a form, a password or an address."""

from __future__ import annotations

from onggi.words.entry import Words

WORDS: dict[str, Words] = {
    "page.no_such_page": Words(
        ko="이 주소에는 페이지가 없습니다.",
        en="There is no page at this address.",
        next_ko="주소를 확인하거나 처음 페이지에서 다시 찾아가십시오.",
        next_en="Check the address, or start from the first page.",
        status=404,
        exit=231,
    ),
    "page.not_a_form": Words(
        ko="보낸 내용을 양식으로 읽을 수 없습니다.",
        en="What was sent cannot be read as a form.",
        next_ko="페이지를 새로 열고 보이지 않는 문자 없이 다시 입력하십시오.",
        next_en="Open the page anew and enter it again, without invisible signs.",
        status=422,
        exit=231,
    ),
    "page.form_too_old": Words(
        ko="이 양식은 더 이상 유효하지 않습니다. 아무것도 바뀌지 않았습니다.",
        en="This form is no longer valid. Nothing has been changed.",
        next_ko="페이지를 새로 열고 다시 보내십시오.",
        next_en="Open the page anew and send it again.",
        status=403,
        exit=231,
    ),
    "page.choice_missing": Words(
        ko="하나를 고르지 않았습니다.",
        en="Nothing is chosen.",
        next_ko="하나를 고르십시오.",
        next_en="Choose one.",
        status=422,
        exit=231,
    ),
    "page.too_long": Words(
        ko="비어 있거나 너무 깁니다. 가장 긴 길이: {longest}",
        en="It is empty or too long. At most {longest} signs.",
        next_ko="길이에 맞게 쓰십시오.",
        next_en="Enter a text of that length.",
        status=422,
        exit=231,
    ),
    "page.one_line": Words(
        ko="한 줄로 쓰십시오. 가장 긴 길이: {longest}",
        en="One line is needed. At most {longest} signs.",
        next_ko="줄을 바꾸지 말고 짧게 쓰십시오.",
        next_en="Enter it without a line break, and shorter.",
        status=422,
        exit=231,
    ),
    "page.other_site": Words(
        ko="다른 사이트에서 보낸 요청이어서 받지 않았습니다. 아무것도 바뀌지 않았습니다.",
        en="The request came from another site and was not taken. Nothing has been changed.",
        next_ko="이 사이트의 페이지를 직접 열어 다시 하십시오.",
        next_en="Open the page of this site yourself and do it there.",
        status=403,
        exit=231,
    ),
    "password.length": Words(
        ko="비밀번호는 {shortest}자 이상 {longest}자 이하여야 합니다.",
        en="A password has {shortest} to {longest} characters.",
        next_ko="더 긴 비밀번호를 정하십시오.",
        next_en="Choose a longer password.",
        status=422,
        exit=206,
    ),
}
