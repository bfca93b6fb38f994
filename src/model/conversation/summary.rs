//! What a summary stands for: which entries it takes the place of, and which are worth summing up.

use super::{Body, Conversation, Entry};
use crate::model::chat::Content;
use crate::model::id::EntryId;

/// What of a conversation can be summed up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Older {
    /// There is nothing.
    Nothing,
    /// Everything before this entry.
    All(EntryId),
    /// The oldest of it, up to this entry: the rest is more than can be read at once.
    Part(EntryId),
    /// Its oldest message alone is more than can be read at once.
    TooLong,
}

impl Conversation {
    /// The summary that is sent, and the first entry that is sent word for word behind it.
    pub(super) fn summary(&self) -> Option<(&str, usize)> {
        let at = self.summary_at()?;
        match &self.entries.get(at)?.body {
            Body::Summary { text, keeps, .. } => Some((text, keeps.map_or(at, EntryId::index).min(at))),
            _ => None,
        }
    }

    /// The place of the summary that is sent.
    fn summary_at(&self) -> Option<usize> {
        self.entries.iter().rposition(|entry| !entry.dropped && matches!(entry.body, Body::Summary { .. }))
    }

    /// The summary that is sent, if it still stands for what it sums up once everything from `from` on is dropped.
    pub fn summary_without(&self, from: EntryId) -> Option<Body> {
        let at = self.summary_at().filter(|at| *at >= from.index())?;
        let (_, keeps) = self.summary()?;
        (keeps <= from.index()).then(|| self.entries.get(at).map(|entry| entry.body.clone()))?
    }

    /// After a summary came or went: what it stands for now.
    pub(super) fn mark_summed(&mut self) {
        self.summed = self.summary().map_or(0, |(_, keeps)| keeps);
        for (at, entry) in self.entries.iter_mut().enumerate() {
            let boundary = at > 0 && at == self.summed;
            entry.revision += u32::from(entry.boundary != boundary);
            entry.boundary = boundary;
        }
    }

    /// The older part of the conversation, as far as it is no longer to read than `room` bytes.
    pub fn older(&self, room: usize) -> Older {
        let Some(keeps) = self.older_part() else { return Older::Nothing };
        if self.sent_bytes(keeps) <= room {
            return Older::All(keeps);
        }
        // Nothing comes between a call and its answer; best is to end before something that the person said.
        let mut bytes = 0;
        let (mut before_person, mut before_answer) = (None, None);
        for entry in self.said().take_while(|entry| entry.id < keeps) {
            match entry.body {
                Body::User { .. } if bytes > 0 => before_person = Some(entry.id),
                Body::Answer(_) if bytes > 0 => before_answer = Some(entry.id),
                _ => {}
            }
            bytes += entry.size();
            if bytes > room {
                break;
            }
        }
        before_person.or(before_answer).map_or(Older::TooLong, Older::Part)
    }

    /// The first entry that is better sent word for word, with all after it. The newest exchange is, unless there is
    /// nothing before it or it is most of all. `None`: there is nothing to sum up.
    fn older_part(&self) -> Option<EntryId> {
        let sent: Vec<&Entry> = self.said().collect();
        let all: usize = sent.iter().map(|entry| entry.size()).sum();
        let newest = sent.iter().rposition(|entry| matches!(entry.body, Body::User { automatic: false, .. }));
        let kept: usize = newest.map_or(0, |at| sent[at..].iter().map(|entry| entry.size()).sum());
        match newest {
            _ if sent.is_empty() => None,
            Some(at) if at > 0 && kept <= all / 2 => Some(sent[at].id),
            _ => Some(self.next_id()),
        }
    }

    /// What is sent word for word.
    fn said(&self) -> impl Iterator<Item = &Entry> {
        let said = |entry: &&Entry| !entry.dropped && !matches!(entry.body, Body::Note { .. } | Body::Summary { .. });
        self.entries.iter().skip(self.summed).filter(said)
    }

    /// About how many bytes of text are sent of what was said before this entry.
    pub fn sent_bytes(&self, end: EntryId) -> usize {
        let summary = self.summary().map_or(0, |(text, _)| text.len());
        summary + self.said().take_while(|entry| entry.id < end).map(Entry::size).sum::<usize>()
    }
}

impl Entry {
    /// About how many bytes a model has to read of it.
    fn size(&self) -> usize {
        let content = |content: &Content| match content {
            Content::Text(text) => text.len(),
            Content::Image(image) => image.data.len(),
        };
        match &self.body {
            Body::User { text, attachments, .. } => {
                text.len() + attachments.iter().map(|one| content(&one.content)).sum::<usize>()
            }
            Body::Answer(answer) => answer.reply.text().len(),
            Body::Call(call) => {
                let result = call.result.iter().flat_map(|result| &result.content);
                call.arguments.as_str().len() + result.map(content).sum::<usize>()
            }
            Body::Note { .. } | Body::Summary { .. } => 0,
        }
    }
}
