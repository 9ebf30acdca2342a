"""Questions and answers on an object, and what was sent back."""

from __future__ import annotations

from pages.phrasebook import Phrase

PHRASES: dict[str, Phrase] = {
    "thread.title": Phrase("질의응답", "Questions and answers"),
    "thread.empty": Phrase("볼 수 있는 글이 없습니다.", "There is no message for you to read."),
    "thread.earlier": Phrase("이전 글 보기", "Earlier messages"),
    "thread.blind": Phrase(
        "결과가 심의를 기다리는 동안 다른 사람이 쓴 글은 내 의견을 낸 뒤에 보입니다. "
        "내가 쓴 글과 그에 대한 과제 쪽의 답변은 지금도 보입니다.",
        "While a result waits for review, what others write is shown once you have voted. Your own messages "
        "and the project's answers to them are shown now.",
    ),
    "thread.changes_wait": Phrase(
        "심사자가 보완을 요청했습니다. 아래에서 답변하거나, 작업을 취소하고 고쳐서 다시 제출하십시오.",
        "A checker asked for changes. Answer below, or cancel the job and submit a changed one.",
    ),
    "thread.side.project": Phrase("(과제 참여자)", "(of the project)"),
    "thread.side.output_checker": Phrase("(반출 심사자)", "(output checker)"),
    "thread.side.committee": Phrase("(심의위원)", "(committee member)"),
    "thread.side.other": Phrase("(그 밖)", "(other)"),
    "thread.kind.question": Phrase("질문", "Question"),
    "thread.kind.answer": Phrase("답변", "Answer"),
    "thread.kind.changes_asked": Phrase("보완 요청", "Changes asked"),
    "thread.kind.note": Phrase("의견이나 알림", "Note"),
    "thread.ask_changes": Phrase("보완 요청하기", "Ask for changes"),
    "thread.wrote.question": Phrase("질문을 씀", "asked a question"),
    "thread.wrote.answer": Phrase("답변을 씀", "answered"),
    "thread.wrote.changes_asked": Phrase("보완을 요청함", "asked for changes"),
    "thread.wrote.note": Phrase("글을 씀", "wrote a note"),
    "thread.awaits_answer": Phrase("답변 대기", "Not answered yet"),
    "thread.for_reviewers": Phrase("심의자끼리", "Reviewers alone"),
    "thread.answers": Phrase("답한 글 보기", "What it answers"),
    "thread.answer": Phrase("답변하기", "Answer"),
    "thread.answer_to": Phrase("답변 쓰기: {author}", "Answer to {author}"),
    "thread.answer_hint": Phrase(
        "요청한 심사자가 읽습니다. 다른 심사자가 무엇을 물었는지는 쓰지 마십시오.",
        "The checker who asked reads it. Do not mention what other checkers asked.",
    ),
    "thread.no_answer": Phrase("답변하지 않고 새 글 쓰기", "Write a new message instead"),
    "thread.write": Phrase("글 쓰기", "Write a message"),
    "thread.read_only": Phrase("감사자는 읽기만 합니다.", "Auditors only read."),
    "thread.kind": Phrase("글의 종류", "Kind of message"),
    "thread.changes_hint": Phrase(
        "결과를 과제 쪽에 돌려보냅니다. 표결이 아니며, 과제의 모든 사람이 읽습니다. "
        "무엇을 왜 고쳐야 하는지 쓰십시오.",
        "Sends the result back to the project. It is no vote, and everybody of the project reads it. "
        "Say what has to change and why.",
    ),
    "thread.audience": Phrase("누가 봅니까", "Who reads it"),
    "thread.for.everybody": Phrase("이 화면을 볼 수 있는 모두", "Everybody who may open this page"),
    "thread.for.reviewers": Phrase(
        "심의하는 사람만 (위원, 반출 심사자, 감사자)",
        "Reviewers alone (committee, output checkers, auditors)",
    ),
    "thread.after_vote": Phrase(
        "의견을 내셨으므로 반출이 결정될 때까지 심의자끼리 보는 글만 쓸 수 있습니다.",
        "You have voted: until the export is decided you write for reviewers alone.",
    ),
    "thread.text": Phrase("내용", "Text"),
    "thread.text_hint": Phrase(
        "4,000자까지. 보낸 글은 바꾸거나 지울 수 없습니다. 환자 정보는 쓰지 마십시오.",
        "Up to 4,000 characters. It cannot be changed or taken back. Write nothing about patients.",
    ),
    "thread.send.message": Phrase("글 보내기", "Send the message"),
    "thread.send.answer": Phrase("답변 보내기", "Send the answer"),
    "desk.returned": Phrase("돌려보냈거나 다른 사람을 기다리는 것", "Returned, or waiting for others"),
    "desk.returned_empty": Phrase(
        "돌려보낸 것도, 내가 작성하여 서명을 기다리는 문서도 없습니다.",
        "Nothing has been returned, and no draft of yours waits for others.",
    ),
    "desk.changes_asked": Phrase("보완 요청, 답변 대기", "Changes asked, not answered yet"),
}
