//! Panes made larger and smaller, by keys and by the mouse; and what a change costs on the way to the terminal.
#![expect(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]

use mcp_tui::model::wire::Direction::Recv;
use mcp_tui::tui::input::Input;
use mcp_tui::tui::kept::Shelf;
use mcp_tui::tui::layout::Layout;
use mcp_tui::tui::screen::{Bytes, Screen};
use mcp_tui::tui::update::Outcome;
use mcp_tui::tui::view::view;
use ratatui::layout::{Position, Rect, Size};
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::{on_sum, ready, shown};
use crate::screen::World;

#[test]
fn keys_make_the_pane_with_the_focus_larger_and_that_is_remembered() {
    for (columns, rows) in [(100, 40), (120, 40), (200, 60)] {
        for pane in ["1", "2", "3", "4"] {
            let mut world = ready(columns, rows);
            world.keys(pane);
            let size = |world: &World| Layout::of(&world.ui).pane(world.ui.pane()).unwrap();
            let before = size(&world);
            world.keys("+ +");
            let after = size(&world);
            assert!(after.area() > before.area(), "{columns}x{rows} {pane}: {before:?} {after:?}");
            assert_eq!(world.outcomes.last(), Some(&Outcome::Keep(Shelf::Layout)));
            world.keys("- -");
            assert_eq!(size(&world), before, "{columns}x{rows} {pane}");
        }
    }
    // Another class of screen has sizes of its own.
    let mut world = ready(120, 40);
    world.keys("3 + + + +");
    let wide = Layout::of(&world.ui).log.unwrap().height;
    world.input(Input::Resize(Size::new(100, 40)));
    assert!(Layout::of(&world.ui).log.unwrap().height < wide);
    world.input(Input::Resize(Size::new(120, 40)));
    assert_eq!(Layout::of(&world.ui).log.unwrap().height, wide);
    shown("resized_120x40", &mut world);
    let mut world = ready(80, 24);
    world.keys("+");
    assert!(world.screen().contains("it has all the room"));
}

#[test]
fn no_size_swallows_a_pane_or_keys() {
    for (columns, rows) in [(100, 30), (110, 24), (180, 24), (240, 70)] {
        for keys in ["+", "-"] {
            for pane in ["1", "2", "3", "4"] {
                let mut world = ready(columns, rows);
                world.keys(pane);
                for _ in 0..150 {
                    world.keys(keys);
                }
                let layout = Layout::of(&world.ui);
                for rect in [layout.inspector, layout.work, layout.conversation, layout.log].into_iter().flatten() {
                    assert!(rect.width >= 20 && rect.height >= 4, "{columns}x{rows} {pane} {keys}: {layout:?}");
                }
                let before = layout;
                world.keys(if keys == "+" { "-" } else { "+" });
                assert_ne!(Layout::of(&world.ui), before, "{columns}x{rows} {pane} {keys}: one step back is one key");
            }
        }
    }
}

#[test]
fn the_mouse_drags_borders() {
    let mut world = ready(200, 60);
    let layout = Layout::of(&world.ui);
    let (log, left) = (layout.log.unwrap(), layout.inspector.unwrap());
    world.input(Input::Click(Position::new(50, log.y)));
    world.input(Input::Drag(Position::new(50, log.y - 7))).input(Input::Release);
    assert_eq!(Layout::of(&world.ui).log.unwrap().height, log.height + 7);
    assert_eq!(world.outcomes.last(), Some(&Outcome::Keep(Shelf::Layout)));
    world.input(Input::Click(Position::new(left.right() - 1, 10)));
    world.input(Input::Drag(Position::new(left.right() + 9, 30))).input(Input::Release);
    assert_eq!(Layout::of(&world.ui).inspector.unwrap().width, left.width + 10);
    let kept = world.ui.kept.layout;
    world.input(Input::Drag(Position::new(3, 3)));
    assert_eq!(world.ui.kept.layout, kept, "nothing is held any more");
}

struct Drawn {
    terminal: Terminal<Screen>,
    bytes: Bytes,
}

impl Drawn {
    fn new(world: &mut World) -> Drawn {
        let size = world.ui.size;
        let bytes = Bytes::default();
        let screen = Screen::new(bytes.clone(), size, true);
        let viewport = Viewport::Fixed(Rect::new(0, 0, size.width, size.height));
        let terminal = Terminal::with_options(screen, TerminalOptions { viewport }).unwrap();
        let mut drawn = Drawn { terminal, bytes };
        drawn.cost(world);
        drawn
    }

    /// The bytes from the last frame to this one.
    fn cost(&mut self, world: &mut World) -> usize {
        // Reads back what the view wants to see.
        world.screen();
        let (state, ui, theme) = (&world.state, &world.ui, &world.theme);
        self.terminal.draw(|frame| view(state, ui, theme, frame)).unwrap();
        self.bytes.take().len()
    }
}

#[test]
fn a_line_more_in_the_log_is_cheap() {
    for (columns, rows, keys) in
        [(80, 24, "3"), (120, 40, ""), (120, 40, "3"), (200, 60, ""), (200, 60, "3"), (200, 60, "3 z")]
    {
        let mut world = on_sum(columns, rows);
        world.keys(keys);
        let line = |world: &mut World, at: u32| {
            let text = format!(
                r#"{{"jsonrpc":"2.0","method":"notifications/message","params":{{"level":"info","data":"Step {at} of the work is done"}}}}"#
            );
            world.later(33_000).frame(0, Recv, &text);
        };
        for at in 0..70 {
            line(&mut world, at);
        }
        let mut drawn = Drawn::new(&mut world);
        let mut most = 0;
        for at in 70..90 {
            line(&mut world, at);
            most = most.max(drawn.cost(&mut world));
        }
        // And 16 around each frame, which say that it is one.
        assert!(most + 16 <= 400, "{columns}x{rows} {keys:?}: {most} bytes");
    }
}

#[test]
fn a_key_in_a_list_is_cheap() {
    for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
        let mut world = on_sum(columns, rows);
        let names: Vec<String> = (0..100)
            .map(|at| {
                format!(r#"{{"name":"tool-{at}","description":"Does thing {at}","inputSchema":{{"type":"object"}}}}"#)
            })
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        world.list(0, mcp_tui::model::call::ListKind::Tools, &names);
        let mut drawn = Drawn::new(&mut world);
        for keys in ["down", "up", "down", "down"].into_iter().chain(std::iter::repeat_n("down", 60)) {
            world.keys(keys);
            let cost = drawn.cost(&mut world);
            assert!(cost < 1_000, "{columns}x{rows} {keys}: {cost} bytes");
        }
    }
}
