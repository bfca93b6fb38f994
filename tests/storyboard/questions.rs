//! Storyboards of servers' questions: what their windows show, and that no key answers one by accident.

use mcp_tui::app::{Command, SessionEvent};
use mcp_tui::model::chat::ModelRef;
use mcp_tui::model::id::{CallId, Moment, ServerId};
use mcp_tui::model::question::{Answer, Question, QuestionBody, QuestionId};
use mcp_tui::tui::browser::Browser;
use mcp_tui::tui::keymap::Context;
use mcp_tui::tui::update::Outcome;

use super::screen::{World, json};
use super::{called, check, each, on_sum, shown};

/// Longer than the grace period.
const PAUSE: u64 = 500_000;

const FORM: &str = r#"{"type":"object","properties":{
    "name":{"type":"string","title":"Full name","minLength":2,"description":"As in your passport"},
    "mail":{"type":"string","format":"email"},
    "class":{"type":"string","enum":["economy","business","first"],"default":"business"},
    "nights":{"type":"integer","minimum":1,"maximum":30,"default":3},
    "price":{"type":"number"},
    "newsletter":{"type":"boolean"},
    "meals":{"type":"array","items":{"anyOf":[{"const":"v","title":"Vegetarian"},{"const":"f","title":"Fish"},{"const":"n","title":"No nuts"}]},"default":["f"]},
    "password":{"type":"string","description":"of your account","default":"hunter2"},
    "extra":{"type":"object"}
},"required":["name","newsletter"]}"#;

fn form(message: &str) -> QuestionBody {
    QuestionBody::Form { message: message.into(), schema: json(FORM) }
}

fn url(url: &str) -> QuestionBody {
    QuestionBody::Url { message: "Sign in to go on.".into(), url: url.into() }
}

fn sampling() -> QuestionBody {
    let params = r#"{"messages":[{"role":"user","content":{"type":"text","text":"Suggest at most 3 tags for this bookmark.\n\nPython Docs"}},{"role":"assistant","content":[{"type":"text","text":"python"}]}],"systemPrompt":"You tag bookmarks.","maxTokens":100,"temperature":0.2,"stopSequences":["\n"],"modelPreferences":{"hints":[{"name":"small"}],"speedPriority":0.9}}"#;
    QuestionBody::Sampling { params: json(params) }
}

impl World {
    fn asked(&mut self, number: u64, body: QuestionBody) -> &mut Self {
        let id = QuestionId { server: ServerId(0), number };
        let call = self.state.next_call.checked_sub(1).map(CallId);
        let at = Moment(super::screen::START);
        self.report(0, SessionEvent::Asked(Question { id, at, call, body }));
        // It is on screen.
        self.screen();
        self
    }

    /// One question of each kind.
    pub(crate) fn asked_all(&mut self) -> &mut Self {
        self.asked(0, form("?")).asked(1, sampling()).asked(2, url("https://example.com/a?b"))
    }

    fn answers(&self) -> Vec<&Answer> {
        let answer = |outcome| match outcome {
            &Outcome::Dispatch(Command::Answer { ref answer, .. }) => Some(answer),
            _ => None,
        };
        self.outcomes.iter().filter_map(answer).collect()
    }
}

/// [`called`], with this question on screen, and nobody typing.
fn asked(columns: u16, rows: u16, body: QuestionBody) -> World {
    let mut world = called(columns, rows);
    world.asked(0, body).later(PAUSE);
    world
}

#[test]
fn a_form_shows_who_asks_and_what_would_be_sent() {
    each("form", |columns, rows| asked(columns, rows, form("Please fill in your travel preferences.")));
    each("form_filled", |columns, rows| {
        let mut world = asked(columns, rows, form("Please fill in your travel preferences."));
        world.keys("A d a tab a d a tab right tab backspace 4 0 tab tab n tab right space tab s 3 c r e t s-tab s-tab");
        world
    });
    each("form_refused", |columns, rows| {
        let mut world = asked(columns, rows, form("Please fill in your travel preferences."));
        world.keys("tab a tab tab x ctrl-s");
        world
    });
    let mut world = asked(120, 40, form("Please fill in your travel preferences."));
    world.keys("A d a ctrl-r");
    super::everywhere("form_json", &mut world);
}

#[test]
fn a_web_page_shows_its_host_and_what_is_odd_about_it() {
    each("url", |columns, rows| {
        let long = format!("https://auth.example.com/authorize?state={}", "x7Qz".repeat(40));
        asked(columns, rows, url(&long))
    });
    let mut world = asked(80, 24, url("http://bank.com@xn--pple-43d.com/login"));
    super::everywhere("url_warned", &mut world);
    let mut world = asked(80, 24, url("javascript:alert(1)"));
    world.keys("ctrl-s enter o y");
    assert_eq!(world.answers(), [&Answer::Decline; 0], "it cannot be accepted");
    super::everywhere("url_refused", &mut world);
    world.keys("ctrl-d");
    assert_eq!(world.answers(), [&Answer::Decline]);
}

#[test]
fn a_page_is_opened_on_a_key_and_never_over_ssh() {
    let long = format!("https://auth.example.com/authorize?state={}", "x7Qz".repeat(160));
    let at = |columns, rows, address: &str, browser| {
        let mut world = asked(columns, rows, url(address));
        world.outcomes.clear();
        world.ui.questions.browser = browser;
        world
    };
    for (columns, rows) in super::SIZES {
        let mut world = at(columns, rows, &long, Browser::Elsewhere);
        shown(&format!("url_ssh_{columns}x{rows}"), &mut world);
        world.keys("o");
        assert!(world.screen().contains("at the other end of SSH"), "{}", world.screen());
        assert!(world.outcomes.is_empty(), "{:?}", world.outcomes);
        world.keys("y");
        assert_eq!(world.outcomes, [Outcome::Copy(long.clone())]);
    }
    for (columns, rows) in super::SIZES {
        let page = "https://xn--pypal-4ve.com:8443/login?next=%2F";
        let mut world = at(columns, rows, page, Browser::Here);
        shown(&format!("url_here_{columns}x{rows}"), &mut world);
        world.keys("o");
        assert_eq!(world.outcomes, [Outcome::OpenPage(page.into())], "and it answers nothing");
        let failed = mcp_tui::tui::input::Input::PageFailed("xdg-open could not open it".into());
        mcp_tui::tui::update::update(&mut world.ui, &world.state, failed);
        assert!(world.screen().contains("the page was not opened"), "{}", world.screen());
        world.keys("ctrl-s");
        assert_eq!(world.answers(), [&Answer::Accept(json("{}"))]);
    }
    let mut world = at(80, 24, "javascript:alert(1)", Browser::Here);
    world.keys("o");
    assert!(world.outcomes.is_empty(), "{:?}", world.outcomes);
}

/// All kinds of fields, more than a small window holds.
const LONG: &str = r#"{"type":"object","properties":{
    "name":{"type":"string","title":"Full name","minLength":2,"maxLength":40,"description":"As in your passport"},
    "mail":{"type":"string","format":"email","description":"Where the tickets go"},
    "site":{"type":"string","format":"uri"},
    "day":{"type":"string","format":"date","title":"Departure"},
    "when":{"type":"string","format":"date-time"},
    "class":{"type":"string","enum":["economy","business","first"],"default":"business"},
    "seat":{"type":"string","oneOf":[{"const":"w","title":"Window"},{"const":"a","title":"Aisle"},{"const":"m","title":"Middle, if nothing else is left"}]},
    "nights":{"type":"integer","minimum":1,"maximum":30,"default":3},
    "budget":{"type":"number"},
    "newsletter":{"type":"boolean"},
    "insured":{"type":"boolean","default":true},
    "meals":{"type":"array","minItems":1,"maxItems":2,"items":{"type":"string","enum":["vegetarian","fish","no nuts"]}},
    "extras":{"type":"array","items":{"anyOf":[{"const":"car","title":"A rental car"},{"const":"sim","title":"A local SIM card"}]},"default":["sim"]},
    "password":{"type":"string","description":"of your account with us"}
},"required":["name","newsletter","meals"]}"#;

#[test]
fn a_long_form_says_all_that_is_wrong_and_hides_secrets() {
    let long = || QuestionBody::Form { message: "Please fill in your travel preferences.".into(), schema: json(LONG) };
    each("form_long_refused", |columns, rows| {
        let mut world = asked(columns, rows, long());
        world.keys("tab a d a tab x tab 2 0 2 6 tab x ctrl-s tab tab");
        world
    });
    each("form_long_secret", |columns, rows| {
        let mut world = asked(columns, rows, long());
        world.keys("s-tab").paste("hunter2-secret");
        let screen = world.screen();
        assert!(!screen.contains("hunter2"), "{screen}");
        world
    });
    each("form_long_review", |columns, rows| {
        let mut world = asked(columns, rows, long());
        world.keys("A d a s-tab").paste("hunter2-secret");
        world.keys("ctrl-r");
        let screen = world.screen();
        assert!(!screen.contains("hunter2"), "{screen}");
        world
    });
}

const WITH_TOOLS: &str = r#"{"messages":[
    {"role":"user","content":{"type":"text","text":"Suggest at most 3 tags for this bookmark.\n\nPython Docs: the official documentation, tutorial, library reference, and how-tos."}},
    {"role":"assistant","content":[{"type":"text","text":"I will look."},{"type":"tool_use","id":"t1","name":"tags","input":{"prefix":"py"}}]},
    {"role":"user","content":[{"type":"tool_result","toolUseId":"t1","content":[{"type":"text","text":"python, pypi"}]}]},
    {"role":"user","content":{"type":"image","data":"iVBORw0KGgo=","mimeType":"image/png"}}],
    "systemPrompt":"You tag bookmarks. Answer with the tags alone.","maxTokens":100,"temperature":0.2,"includeContext":"thisServer",
    "tools":[{"name":"tags","inputSchema":{"type":"object"}},{"name":"search","inputSchema":{"type":"object"}}],"toolChoice":{"mode":"required"},
    "modelPreferences":{"hints":[{"name":"claude-haiku"},{"name":"small"}],"costPriority":0.7,"intelligencePriority":0.1}}"#;

#[test]
fn a_request_for_a_model_is_reviewed_and_so_is_its_answer() {
    let tools = || QuestionBody::Sampling { params: json(WITH_TOOLS) };
    let world = |columns, rows| {
        let mut world = called(columns, rows);
        world.state.sampler = Some(ModelRef { provider: "local".into(), model: "llama-small".into() });
        world.asked(0, tools()).later(PAUSE);
        world
    };
    each("sampling_tools", world);
    each("sampling_messages", |columns, rows| {
        let mut world = world(columns, rows);
        world.keys("pgdn");
        world
    });
    each("sampling_request", |columns, rows| {
        let mut world = world(columns, rows);
        world.keys("ctrl-r");
        world
    });
    each("sampling_answer", |columns, rows| {
        let mut world = world(columns, rows);
        world.keys("ctrl-g");
        let question = QuestionId { server: ServerId(0), number: 0 };
        assert!(world.screen().contains("a model is writing"), "{}", world.screen());
        let written = r#"{"role":"assistant","content":[{"type":"text","text":"Let me see."},{"type":"tool_use","id":"t2","name":"search","input":{"query":"python docs"}}],"model":"demo/offline","stopReason":"toolUse"}"#;
        world.event(mcp_tui::app::Event::Sampled { question, outcome: Ok(json(written)) });
        world
    });
    // Without a model it says so where there is room for it.
    let mut none = called(80, 24);
    none.asked(0, tools()).later(PAUSE).keys("ctrl-g");
    assert!(none.screen().contains("no model is at hand: set one up"), "{}", none.screen());
}

#[test]
fn a_call_that_asks_without_end_is_a_persons_to_stop() {
    let rounds = || QuestionBody::Rounds { method: "tools/call".into(), rounds: 10 };
    each("rounds", |columns, rows| asked(columns, rows, rounds()));
    let mut world = asked(80, 24, rounds());
    world.keys("y o enter space");
    assert_eq!(world.answers(), [&Answer::Decline; 0]);
    world.keys("ctrl-d");
    assert_eq!(world.answers(), [&Answer::Decline]);
}

#[test]
fn a_form_that_makes_no_sense_shows_what_was_sent() {
    each("form_unusable", |columns, rows| {
        let schema = json(r#"{"type":"object","properties":["name","age"]}"#);
        asked(columns, rows, QuestionBody::Form { message: "Who are you?".into(), schema })
    });
}

#[test]
fn many_questions_stand_in_line_and_a_withdrawn_one_says_why_it_went() {
    each("queue", |columns, rows| {
        let mut world = asked(columns, rows, form("The first of several."));
        world.asked(1, url("https://example.com/")).asked(2, sampling());
        world
    });
    each("withdrawn", |columns, rows| {
        let mut world = asked(columns, rows, form("The first of several."));
        world.keys("A d a").asked(1, url("https://example.com/"));
        let question = QuestionId { server: ServerId(0), number: 0 };
        world.report(0, SessionEvent::Withdrawn { question, why: "the server took it back: not needed".into() });
        world.screen();
        world
    });
    each("grace", |columns, rows| {
        let mut world = called(columns, rows);
        world.keys("down").later(100_000).asked(0, form("It came while you typed."));
        world
    });
}

#[test]
fn roots_are_told_to_one_server_or_to_all() {
    each("roots", |columns, rows| {
        let mut world = super::ready(columns, rows);
        world.keys("1 O").paste("/home/ada/project, file:///srv/shared");
        world
    });
    let told = |world: &World| -> Vec<(u16, Vec<String>)> {
        let told = world.outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Dispatch(Command::SetRoots { server, roots }) => {
                Some((server.0, roots.iter().map(|root| root.display().to_string()).collect()))
            }
            _ => None,
        });
        told.collect()
    };
    let mut world = super::ready(120, 40);
    world.keys("1 O").paste("/home/ada").keys("enter");
    assert_eq!(told(&world), [(0, vec!["/home/ada".to_owned()])]);
    world.outcomes.clear();
    world.keys("O").paste(", /srv").keys("ctrl-g");
    let both = vec!["/home/ada".to_owned(), "/srv".to_owned()];
    assert_eq!(told(&world), [(0, both.clone()), (1, both)]);
    world.outcomes.clear();
    world.keys("O").paste(", relative").keys("ctrl-g");
    assert_eq!(told(&world), [], "what is wrong is told to nobody");
    assert!(world.screen().contains("an absolute path is expected"), "{}", world.screen());
}

#[test]
fn a_person_can_write_what_a_model_would() {
    each("sampling", |columns, rows| {
        let mut world = asked(columns, rows, sampling());
        world.paste("python,\ndocs");
        world.keys("pgdn");
        // The first thing a person does is a key: until then nothing is pasted.
        world.paste("python,\ndocs");
        world
    });
    let mut world = asked(80, 24, sampling());
    world.keys("ctrl-s");
    assert_eq!(world.answers(), [&Answer::Decline; 0], "nothing is written yet");
    world.keys("o k enter ctrl-s");
    let sent = r#"{"role":"assistant","content":{"type":"text","text":"ok\n"},"model":"human","stopReason":"endTurn"}"#;
    assert_eq!(world.answers(), [&Answer::Accept(json(sent))]);
}

#[test]
fn three_answers_are_three_keys_and_enter_is_none_of_them() {
    for (keys, answer) in [
        ("ctrl-d", Some(Answer::Decline)),
        ("esc", Some(Answer::Cancel)),
        ("enter enter enter enter space y n", None),
        ("A d a esc", None),
        ("A d a esc esc", Some(Answer::Cancel)),
        ("A d a esc d esc", None),
        ("ctrl-s", None),
        ("ctrl-s ctrl-g", Some(Answer::Accept(json(r#"{"class":"business","nights":3,"meals":["f"]}"#)))),
    ] {
        let mut world = asked(80, 24, form("?"));
        world.keys(keys);
        assert_eq!(world.answers(), Vec::from_iter(&answer), "{keys}");
        assert_eq!(world.state.questions.len(), usize::from(answer.is_none()), "{keys}");
    }
}

#[test]
fn a_window_that_opens_by_itself_waits_for_a_pause() {
    let mut world = called(80, 24);
    world.keys("down").later(100_000).asked(0, form("?"));
    assert_eq!(world.ui.focus(), Context::Form);
    world.keys("ctrl-d").later(300_000).keys("ctrl-d").later(300_000).keys("esc");
    assert_eq!(world.answers(), [&Answer::Decline; 0], "the keys have not paused yet");
    let sleeps = |world: &World, at: u64| {
        let now = Moment(world.ui.last_key.0 + at);
        world.ui.questions.open.as_ref().and_then(|open| open.sleeps(now, world.ui.last_key))
    };
    assert_eq!((sleeps(&world, 100_000), sleeps(&world, 400_000)), (Some(300_000), None), "and it says so meanwhile");
    assert!(world.ui.message.as_deref().is_some_and(|text| text.contains("pause")));
    world.later(400_000).keys("ctrl-d");
    assert_eq!(world.answers(), [&Answer::Decline]);
}

#[test]
fn a_question_never_opens_over_somebody_who_is_typing() {
    let mut world = called(120, 40);
    world.keys("1 / x").asked(0, form("?")).later(PAUSE).keys("y");
    assert_eq!(world.ui.focus(), Context::Filter);
    super::everywhere("waiting", &mut world);
    world.keys("ctrl-o");
    assert_eq!(world.ui.focus(), Context::Form, "that key opens it, and it takes keys at once");
    world.keys("A d a ctrl-o").screen();
    assert_eq!(world.ui.focus(), Context::Filter, "put aside it stays where it is");
    world.keys("esc").screen();
    assert_eq!(world.ui.focus(), Context::Inspector);
    world.keys("ctrl-o");
    assert!(world.screen().contains(r#"{"name":"Ada""#), "what was typed is kept");
}

#[test]
fn questions_queue_and_the_withdrawn_ones_vanish() {
    let mut world = asked(120, 40, form("first"));
    world.asked(1, url("https://example.com/")).asked(2, form("third"));
    assert!(world.screen().contains("1 of 3"));
    world.keys("esc").screen();
    assert_eq!(world.ui.focus(), Context::Consent);
    world.keys("ctrl-d");
    assert_eq!(world.answers(), [&Answer::Cancel], "it opened by itself just now");
    let question = QuestionId { server: ServerId(0), number: 1 };
    world.report(0, SessionEvent::Withdrawn { question, why: "the call was cancelled".into() });
    assert!(world.screen().contains("question withdrawn: the call was cancelled (demo)"));
    assert_eq!(world.ui.focus(), Context::Form);
    assert!(world.screen().contains("third"));
    let question = QuestionId { server: ServerId(0), number: 2 };
    world.report(0, SessionEvent::Withdrawn { question, why: "gone".into() }).screen();
    assert_eq!(world.ui.focus(), Context::Work);
}

#[test]
fn help_lies_over_a_question_and_keys_do_not_fall_through() {
    let mut world = asked(120, 40, form("?"));
    world.keys("f1");
    assert!(world.screen().contains("When a server asks with a form"));
    world.keys("ctrl-d esc").screen();
    assert_eq!(world.answers(), [&Answer::Decline; 0]);
    assert_eq!(world.ui.focus(), Context::Form);
}

#[test]
fn hostile_questions_never_reach_a_cell_unescaped() {
    let evil = "\u{1b}[2J\u{202e}\u{200b}\u{7}\u{9b}31m\u{feff}\u{2066}";
    let quoted = serde_json::Value::from(evil).to_string();
    let schema = format!(
        r#"{{"type":"object","properties":{{{quoted}:{{"type":"string","title":{quoted},"description":{quoted},"default":{quoted}}},"c":{{"type":"string","enum":[{quoted},"b"]}},"j":{{"default":{quoted}}},"token{0}":{{"type":"string"}}}},"required":["c",{quoted}]}}"#,
        "\\u202e"
    );
    let params = format!(
        r#"{{"messages":[{{"role":{quoted},"content":{{"type":"text","text":{quoted}}}}},{quoted}],"systemPrompt":{quoted},"maxTokens":{quoted},"modelPreferences":{{"hints":[{{"name":{quoted}}}],"costPriority":{quoted}}}}}"#
    );
    let bodies = [
        QuestionBody::Form { message: evil.into(), schema: json(&schema) },
        QuestionBody::Form { message: evil.into(), schema: json(&format!(r#"{{"properties":{quoted}}}"#)) },
        url(&format!("https://{evil}@{evil}/{evil}")),
        url(evil),
        QuestionBody::Sampling { params: json(&params) },
    ];
    for body in bodies {
        for (columns, rows) in super::SIZES {
            let mut world = on_sum(columns, rows);
            world.asked(0, body.clone()).later(PAUSE);
            for keys in ["", "pgdn", "tab", "tab", "ctrl-r", "ctrl-r ctrl-s", "f1", "esc", "esc", "ctrl-o"] {
                world.keys(keys).paste(evil);
                check(&world.screen(), keys);
            }
        }
    }
}

#[test]
fn a_server_that_asks_too_much_can_be_muted() {
    each("muted", |columns, rows| {
        let mut world = asked(columns, rows, form("Again?"));
        world.asked(1, url("https://example.com")).keys("alt-m");
        world
    });
    let mut world = asked(120, 40, form("Again?"));
    world.asked(1, url("https://example.com")).keys("alt-m");
    assert!(world.state.questions.is_empty(), "what it had asked is answered");
    assert_eq!(world.state.sessions[0].muted, Some(2));
    world.asked(2, form("And now?"));
    assert!(world.state.questions.is_empty() && world.ui.questions.open.is_none(), "nothing opens any more");
    world.keys("1 m").asked(3, form("And now?"));
    assert_eq!(world.state.questions.len(), 1, "it is heard again");
}
