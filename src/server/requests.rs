//! Answers requests about documents. Must not send anything itself.

use std::borrow::Cow;

use lsp_types::request::{
    CodeActionRequest, Completion, DocumentLinkRequest, DocumentSymbolRequest, HoverRequest,
    InlayHintRequest, Request,
};
use lsp_types::{
    CodeActionParams, CompletionParams, CompletionResponse, CompletionTriggerKind, DocumentSymbolResponse,
    HoverParams, Position, Uri,
};
use serde_json::Value;

use super::actions::Offer;
use super::caret::Slot;
use super::complete::items;
use super::diagnostics::Look;
use super::documents::Open;
use super::hover::hover;
use super::knowledge::Rules;
use super::outline;
use super::session::Session;
use super::spot::Spot;
use super::worker::Checked;
use crate::catalog::Target;

type Answer = Result<Value, serde_json::Error>;

impl Session {
    /// The answer to a request; `None` if the method is unknown.
    pub fn answer(&self, method: &str, params: Value) -> Option<Answer> {
        Some(match method {
            Completion::METHOD => self.completion(params),
            HoverRequest::METHOD => self.hover(params),
            CodeActionRequest::METHOD => self.actions(params),
            DocumentSymbolRequest::METHOD => about::<DocumentSymbolRequest>(params, |params| {
                let open = self.documents.get(&params.text_document.uri)?;
                Some(Some(DocumentSymbolResponse::Nested(outline::symbols(&open.source, self.encoding))))
            }),
            DocumentLinkRequest::METHOD => about::<DocumentLinkRequest>(params, |params| {
                let open = self.documents.get(&params.text_document.uri)?;
                Some(Some(outline::links(&open.source, &open.path, self.encoding)))
            }),
            InlayHintRequest::METHOD => about::<InlayHintRequest>(params, |params| {
                let open = self.documents.get(&params.text_document.uri).filter(|_| self.client.hints)?;
                let hints = outline::hints(&open.source, &self.target(open), self.encoding);
                let is_seen = |at: Position| params.range.start <= at && at <= params.range.end;
                Some(Some(hints.into_iter().filter(|hint| is_seen(hint.position)).collect()))
            }),
            _ => return None,
        })
    }

    fn checked(&self, open: &Open) -> Option<&Checked> {
        self.roots[self.known_root(&open.path)?].checked.as_ref()
    }

    /// The releases against which a file is checked.
    fn target(&self, open: &Open) -> Target {
        let checked = self.checked(open);
        let own = checked
            .and_then(|checked| checked.targets.get(open.source.path()).or(Some(&checked.target)).cloned());
        own.unwrap_or_else(Target::unknown)
    }

    /// The meaning of a place in a document.
    fn spot(&self, uri: &Uri, position: Position) -> Option<(&Open, Spot)> {
        let open = self.documents.get(uri)?;
        let offset = self.encoding.offset(&open.source, position);
        let groups = self.checked(open).into_iter().flat_map(|checked| &checked.report.groups);
        let mut members = groups.flat_map(|group| &group.members);
        let own = members.find(|member| member.unit.is_none() && *member.path == *open.source.path());
        let spot = Spot::at(&open.source, offset, own.map(|member| member.role))?;
        Some((open, spot))
    }

    fn completion(&self, params: Value) -> Answer {
        about::<Completion>(params, |params: CompletionParams| {
            let place = params.text_document_position;
            let (open, spot) = self.spot(&place.text_document.uri, place.position)?;
            let context = params.context.as_ref();
            let trigger = context
                .filter(|context| context.trigger_kind == CompletionTriggerKind::TRIGGER_CHARACTER)
                .and_then(|context| context.trigger_character.as_deref());
            // Typing a space to indent a line must not trigger completion.
            if trigger.is_some() && spot.slot == Slot::Key {
                return None;
            }
            let rules = self.rules(open);
            let items = items(&open.source, &spot, &self.target(open), &rules, self.encoding);
            Some(Some(CompletionResponse::Array(items)))
        })
    }

    fn hover(&self, params: Value) -> Answer {
        about::<HoverRequest>(params, |params: HoverParams| {
            let place = params.text_document_position_params;
            let (open, spot) = self.spot(&place.text_document.uri, place.position)?;
            Some(hover(&open.source, &spot, &self.target(open), &self.rules(open), self.encoding))
        })
    }

    /// The effective rules.
    fn rules(&self, open: &Open) -> Cow<'_, Rules> {
        self.checked(open).map_or_else(Cow::default, |checked| Cow::Borrowed(&checked.report.rules))
    }

    fn actions(&self, params: Value) -> Answer {
        about::<CodeActionRequest>(params, |params: CodeActionParams| {
            let open = self.documents.get(&params.text_document.uri)?;
            let checked = self.checked(open)?;
            // The spans of another version would be wrong in this one.
            if checked.versions.get(open.source.path()) != Some(&open.version) {
                return None;
            }
            let start = self.encoding.offset(&open.source, params.range.start);
            let end = self.encoding.offset(&open.source, params.range.end).max(start);
            let address = |name: &str| self.address(name);
            let look = Look { encoding: self.encoding, related: self.client.related, address: &address };
            let offer = Offer {
                report: &checked.report,
                open,
                documents: &self.documents,
                look: &look,
                versioned: self.client.versioned,
                opens_pages: self.client.opens_pages,
            };
            Some(Some(offer.actions(&(start..end), params.context.only.as_deref())))
        })
    }
}

/// Reads the parameters of a request, and writes its result.
fn about<R: Request>(params: Value, answer: impl FnOnce(R::Params) -> Option<R::Result>) -> Answer {
    let params: R::Params = serde_json::from_value(params)?;
    answer(params).map_or(Ok(Value::Null), serde_json::to_value)
}
