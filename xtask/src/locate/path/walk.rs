//! One pass over the nodes of a document that follows all paths at once.
//!
//! A format tells what it meets: a key, an opened mapping or sequence, a scalar, an alias. For each open container the
//! walk keeps the states that still lead somewhere, so a key on nobody's way costs one comparison for each state.
//! A selector may name a field that comes after the target: what is found below is kept with the condition, and
//! [`Walk::finish`] decides when all fields have been seen.

use super::super::{Hit, LocateError};
use super::outline::Outline;
use super::{Path, Segment};
use std::collections::HashSet;
use std::ops::Range;

/// The two kinds of container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Keys with values.
    Map,
    /// Elements in order.
    Seq,
}

/// The node that an alias or a merge stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// The node that carries this anchor.
    Anchor(usize),
    /// The node that begins at this byte.
    At(usize),
}

/// A place where a path would have to leave the text's own tree: an alias, or a merged mapping.
#[derive(Clone, Debug)]
pub struct Detour<'p> {
    /// Where it would go on.
    pub target: Target,
    /// The rest of the path from there.
    pub rest: &'p [Segment],
    /// The locator, by its position; in a second walk the first walk's detour.
    origin: usize,
    condition: Option<usize>,
    error: LocateError,
}

#[derive(Clone, Copy)]
enum Goal<'p> {
    /// A hit of this locator.
    Hit(usize),
    /// The field that decides this condition.
    Field(usize, &'p str),
    /// The end of this detour.
    Detour(usize),
}

/// What is left of a path at a node.
#[derive(Clone, Copy)]
struct State<'p> {
    rest: &'p [Segment],
    goal: Goal<'p>,
    condition: Option<usize>,
    /// Has its key been met in the open mapping?
    seen: bool,
    /// Is the node an element, to which a selector of its sequence applies?
    element: bool,
}

struct Condition {
    parent: Option<usize>,
    met: bool,
}

struct Frame {
    shape: Shape,
    first: usize,
    index: usize,
    at_key: bool,
    /// Is the value of `<<` being read here?
    merging: bool,
    /// All keys so far, where `*` makes each of them matter.
    keys: Option<HashSet<String>>,
}

struct Find<'p> {
    goal: Goal<'p>,
    condition: Option<usize>,
    found: Result<Hit, LocateError>,
}

/// The state of one pass.
#[derive(Default)]
pub struct Walk<'p> {
    paths: &'p [Path],
    states: Vec<State<'p>>,
    frames: Vec<Frame>,
    next: Vec<State<'p>>,
    conditions: Vec<Condition>,
    finds: Vec<Find<'p>>,
    merges: Vec<(usize, Target, LocateError)>,
    detours: Vec<Detour<'p>>,
    outline: Option<Outline>,
}

impl<'p> Walk<'p> {
    /// A pass that looks for these paths.
    pub fn new(paths: &'p [Path]) -> Self {
        Self { paths, ..Self::default() }
    }

    /// A pass that looks for nothing and records everything.
    pub fn recording() -> Self {
        Self { outline: Some(Outline::default()), ..Self::default() }
    }

    /// What was recorded.
    pub fn recorded(self) -> Outline {
        self.outline.unwrap_or_default()
    }

    /// A document begins: every path starts at its root.
    pub fn document(&mut self) {
        self.next.clear();
        for (index, path) in self.paths.iter().enumerate() {
            self.next.push(State::new(path.segments(), Goal::Hit(index), None));
        }
    }

    /// Sends this detour's path on from the node that comes now; after [`Walk::node`].
    pub fn resume(&mut self, index: usize, detour: &Detour<'p>) {
        self.next.push(State::new(detour.rest, Goal::Detour(index), None));
    }

    /// Does a key come next, rather than a value?
    pub fn at_key(&self) -> bool {
        matches!(self.frames.last(), Some(Frame { shape: Shape::Map, at_key: true, .. }))
    }

    /// A scalar key of the open mapping.
    pub fn key(&mut self, key: &str, at: usize) {
        self.next.clear();
        self.outline.iter_mut().for_each(|outline| outline.key(key));
        let Some(frame) = self.frames.last_mut() else { return };
        frame.at_key = false;
        frame.merging = key == "<<";
        let first = frame.first;
        if first == self.states.len() {
            return;
        }
        let repeated = frame.keys.as_mut().is_some_and(|keys| !keys.insert(key.to_owned()));
        let merging = frame.merging;
        for index in first..self.states.len() {
            let state = self.states[index];
            let duplicate = match state.rest {
                [Segment::Key(wanted), ..] if wanted == key => std::mem::replace(&mut self.states[index].seen, true),
                [Segment::Any, ..] if !merging => repeated,
                _ => continue,
            };
            if duplicate {
                self.refuse_duplicate(state, key, at);
            }
            self.next.push(State { rest: &state.rest[1..], seen: false, element: false, ..state });
        }
    }

    fn refuse_duplicate(&mut self, state: State<'p>, key: &str, at: usize) {
        let error = LocateError::new(format!("the key `{key}` stands there twice"))
            .at(at)
            .hint("remove one of them: readers disagree on which one counts");
        match state.goal {
            Goal::Hit(_) => self.finds.push(Find { goal: state.goal, condition: state.condition, found: Err(error) }),
            // Which of the two decides is open, so the mapping can be neither taken nor left.
            Goal::Field(..) => {
                self.finds.push(Find { goal: Goal::Hit(0), condition: state.condition, found: Err(error) });
            }
            Goal::Detour(_) => {}
        }
    }

    /// A node begins; call before [`Walk::open`], [`Walk::scalar`] or [`Walk::alias`].
    /// Is it on the way of any path? If not, a scalar need not be told.
    pub fn node(&mut self) -> bool {
        self.step() || self.outline.is_some()
    }

    fn step(&mut self) -> bool {
        let Some(frame) = self.frames.last_mut() else { return !self.next.is_empty() };
        if frame.shape == Shape::Map {
            let is_key = frame.at_key;
            frame.at_key = !is_key;
            if is_key {
                self.next.clear();
            }
            return !self.next.is_empty();
        }
        let index = frame.index;
        frame.index += 1;
        self.next.clear();
        for state in &self.states[frame.first..] {
            match state.rest {
                [Segment::Index(wanted), rest @ ..] if *wanted == index => self.next.push(State { rest, ..*state }),
                [Segment::Any, rest @ ..] => self.next.push(State { rest, ..*state }),
                [Segment::Select { .. }, ..] => self.next.push(State { element: true, ..*state }),
                _ => {}
            }
        }
        !self.next.is_empty()
    }

    /// The node is a container.
    pub fn open(&mut self, shape: Shape, at: usize) {
        self.outline.iter_mut().for_each(|outline| outline.open(shape));
        let merging = self.merges_here();
        if merging && shape == Shape::Map {
            self.merge(Target::At(at), "the value stands only in a mapping merged by `<<`".to_owned(), at);
        }
        let first = self.states.len();
        for index in 0..self.next.len() {
            self.enter(self.next[index], shape, at);
        }
        self.next.clear();
        let any = self.states[first..].iter().any(|state| matches!(state.rest, [Segment::Any, ..]));
        let keys = (any && shape == Shape::Map).then(HashSet::new);
        let merging = merging && shape == Shape::Seq;
        self.frames.push(Frame { shape, first, index: 0, at_key: shape == Shape::Map, merging, keys });
    }

    fn enter(&mut self, mut state: State<'p>, shape: Shape, at: usize) {
        if shape == Shape::Seq && state.element && matches!(state.rest, [Segment::Select { .. }, ..]) {
            return;
        }
        while let (Shape::Map, [Segment::Select { field, value }, rest @ ..]) = (shape, state.rest) {
            let index = self.conditions.len();
            self.conditions.push(Condition { parent: state.condition, met: false });
            self.states.push(State::new(field, Goal::Field(index, value), state.condition));
            state = State::new(rest, state.goal, Some(index));
        }
        if state.rest.is_empty() {
            self.arrive_at_container(state, shape, at);
        } else {
            self.states.push(State { seen: false, element: false, ..state });
        }
    }

    fn arrive_at_container(&mut self, state: State<'p>, shape: Shape, at: usize) {
        let found = match state.goal {
            Goal::Field(..) => return,
            Goal::Detour(_) => Ok(Hit { span: at..at, value: String::new() }),
            Goal::Hit(index) => {
                let (what, next) = match shape {
                    Shape::Map => ("mapping", ".key"),
                    Shape::Seq => ("sequence", "[0]"),
                };
                let path = &self.paths[index];
                Err(LocateError::new(format!("`{path}` is a {what}, not a value"))
                    .at(at)
                    .hint(format!("name a value in it: `{path}{next}`")))
            }
        };
        self.finds.push(Find { goal: state.goal, condition: state.condition, found });
    }

    /// The container ends.
    pub fn close(&mut self) {
        self.outline.iter_mut().for_each(Outline::close);
        let Some(frame) = self.frames.pop() else { return };
        let depth = self.frames.len();
        while self.merges.last().is_some_and(|(owner, ..)| *owner == depth) {
            let Some((_, target, error)) = self.merges.pop() else { break };
            for state in &self.states[frame.first..] {
                let (false, [Segment::Key(_), ..]) = (state.seen, state.rest) else { continue };
                let (Goal::Hit(origin) | Goal::Detour(origin)) = state.goal else { continue };
                let (rest, condition, error) = (state.rest, state.condition, error.clone());
                self.detours.push(Detour { target, rest, origin, condition, error });
            }
        }
        self.states.truncate(frame.first);
    }

    /// The node is a scalar. `refusal` says why it could not be a site, if a path ends here.
    pub fn scalar(&mut self, span: Range<usize>, value: &str, refusal: Option<LocateError>) {
        self.outline.iter_mut().for_each(|outline| match refusal {
            None => outline.scalar(span.clone(), value),
            Some(_) => outline.alias(),
        });
        for state in self.next.drain(..).filter(|state| state.rest.is_empty()) {
            if let Goal::Field(condition, wanted) = state.goal {
                self.conditions[condition].met |= wanted == value;
                continue;
            }
            let found = match &refusal {
                Some(error) => Err(error.clone()),
                None => Ok(Hit { span: span.clone(), value: value.to_owned() }),
            };
            self.finds.push(Find { goal: state.goal, condition: state.condition, found });
        }
    }

    /// The node is an alias of `anchor`, which stands for `target`; for a scalar also its value.
    pub fn alias(&mut self, at: usize, anchor: &str, target: Target, value: Option<&str>) {
        self.outline.iter_mut().for_each(Outline::alias);
        if self.merges_here() {
            self.merge(target, format!("the value stands only in the merged anchor `&{anchor}`"), at);
        }
        if self.next.is_empty() {
            return;
        }
        let error = LocateError::new(format!("the path goes through the alias `*{anchor}`"))
            .at(at)
            .hint(format!("name the place where `&{anchor}` is defined"));
        for state in self.next.drain(..) {
            match (state.goal, state.rest) {
                (Goal::Field(condition, wanted), []) => self.conditions[condition].met |= value == Some(wanted),
                (Goal::Field(..), _) => {}
                (goal, []) => {
                    let found = match goal {
                        Goal::Detour(_) => Ok(Hit { span: at..at, value: String::new() }),
                        _ => Err(error.clone()),
                    };
                    self.finds.push(Find { goal, condition: state.condition, found });
                }
                (Goal::Hit(origin) | Goal::Detour(origin), rest) => {
                    let (condition, error) = (state.condition, error.clone());
                    self.detours.push(Detour { target, rest, origin, condition, error });
                }
            }
        }
    }

    /// Is the node that has just begun the value of `<<`, or one of the list after `<<`?
    fn merges_here(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.merging && (frame.at_key || frame.shape == Shape::Seq))
    }

    /// Notes what is merged into the open mapping, or into the one around the list after `<<`.
    fn merge(&mut self, target: Target, message: String, at: usize) {
        let inner = self.frames.len() - 1;
        let owner = if self.frames[inner].shape == Shape::Seq { inner - 1 } else { inner };
        if self.frames[owner].first < self.states.len() {
            let hint = "name the place where the merged mapping is defined, or write the key here";
            self.merges.push((owner, target, LocateError::new(message).at(at).hint(hint)));
        }
    }

    fn holds(&self, mut condition: Option<usize>) -> bool {
        while let Some(index) = condition {
            if !self.conditions[index].met {
                return false;
            }
            condition = self.conditions[index].parent;
        }
        true
    }

    /// The hits of each path in the order of the pass, and the detours that would lead to more.
    pub fn finish(mut self) -> Result<(Vec<Vec<Hit>>, Vec<Detour<'p>>), LocateError> {
        let mut hits = vec![Vec::new(); self.paths.len()];
        for find in std::mem::take(&mut self.finds) {
            if let (Goal::Hit(path), true) = (find.goal, self.holds(find.condition)) {
                hits[path].push(find.found?);
            }
        }
        let detours = self.open_detours();
        Ok((hits, detours))
    }

    /// After a second pass: the first detour of `asked` that ends at a value, as an error, or the detours
    /// on which it would go on.
    pub fn finish_detours(mut self, asked: &[Detour<'p>]) -> Result<Vec<Detour<'p>>, LocateError> {
        for find in &self.finds {
            if let (Goal::Detour(index), true) = (find.goal, self.holds(find.condition)) {
                return Err(asked[index].error.clone());
            }
        }
        let further = self.open_detours().into_iter();
        Ok(further.map(|detour| Detour { error: asked[detour.origin].error.clone(), ..detour }).collect())
    }

    /// The detours whose conditions hold; of those that go the same way the first.
    fn open_detours(&mut self) -> Vec<Detour<'p>> {
        let mut known = HashSet::new();
        let mut detours = std::mem::take(&mut self.detours);
        detours.retain(|detour: &Detour<'p>| {
            self.holds(detour.condition) && known.insert((detour.target, detour.rest.as_ptr(), detour.rest.len()))
        });
        detours
    }
}

impl<'p> State<'p> {
    fn new(rest: &'p [Segment], goal: Goal<'p>, condition: Option<usize>) -> Self {
        Self { rest, goal, condition, seen: false, element: false }
    }
}
