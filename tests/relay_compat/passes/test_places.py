"""Spans of expressions, and who is told of errors."""

from typing import Any

import pytest

import relay_compat as relay
from relay_compat.rendering import DiagnosticContext, get_renderer, override_renderer
from relay_compat.transform import AnnotateSpans, InferType
from tensor_core.diagnostics import DiagnosticError


def test_expressions_get_the_places_they_have_in_the_text():
    mod = relay.IRModule.from_expr(relay.exp(relay.var("x", shape=(2,))))
    with pytest.raises(DiagnosticError, match="has no span"):
        relay.SpanCheck()(mod)
    annotated = AnnotateSpans()(mod)
    assert relay.SpanCheck()(annotated) is annotated
    assert annotated["main"].body.span.source == "GeneratedSource"


def test_a_renderer_is_told_of_type_errors(capsys: pytest.CaptureFixture[str]):
    told: list[Any] = []
    wrong = relay.IRModule.from_expr(relay.add(relay.var("x", shape=(2,)), relay.var("y", shape=(3,))))

    def render(context: DiagnosticContext) -> None:
        told.extend(context.diagnostics)
        get_renderer().render(context)

    override_renderer(render)
    with pytest.raises(DiagnosticError):
        InferType()(wrong)
    override_renderer(None)
    with pytest.raises(DiagnosticError):
        InferType()(wrong)
    assert [diagnostic.code.id for diagnostic in told] == ["R2R0202"]
    assert "R2R0202" in capsys.readouterr().err
