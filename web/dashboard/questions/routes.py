"""The paths of questions."""

from typing import Final

from starlette.routing import Route

from web.dashboard.forms.pages import FORM_METHODS
from web.dashboard.questions.pages import (
    answer_page,
    close_page,
    delete_question_page,
    questions_page,
)

ROUTES: Final = (
    Route("/dashboard/questions", questions_page),
    Route("/dashboard/questions/{id}/answer", answer_page, methods=FORM_METHODS),
    Route("/dashboard/questions/{id}/close", close_page, methods=FORM_METHODS),
    Route("/dashboard/questions/{id}/delete", delete_question_page, methods=FORM_METHODS),
)
