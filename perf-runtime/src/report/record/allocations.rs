//! The wire form of where a call allocated.

use crate::report::alloc_sites::{Allocations, Frame, Held, Made, Site};
use crate::report::json::Json;

/// The members of the object `allocations` of a record.
pub(crate) fn allocations(json: &mut Json, allocations: &Allocations) {
    json.text("scope", allocations.scope.word());
    json.whole("events", allocations.events);
    json.whole("peak_event", allocations.peak_event);
    json.truth("complete", allocations.complete);
    json.objects("sites", &allocations.sites, &site);
    match &allocations.first {
        Some(stack) => json.objects("first", stack, &frame),
        None => json.member("first", &"null"),
    }
}

fn site(json: &mut Json, site: &Site) {
    let tally = &site.tally;
    for (name, Held { bytes, blocks }) in [
        ("at_peak", tally.at_peak),
        ("at_end", tally.at_end),
        ("most", tally.most),
    ] {
        json.object(name, &|json| {
            json.whole("bytes", bytes);
            json.whole("blocks", blocks);
        });
    }
    let Made { bytes, allocations } = tally.total;
    json.object("total", &|json| {
        json.whole("bytes", bytes);
        json.whole("allocations", allocations);
    });
    json.whole("lifetime", tally.lifetime);
    json.objects("frames", &site.frames, &frame);
}

fn frame(json: &mut Json, frame: &Frame) {
    json.text("function", &frame.function);
    json.maybe_text("file", frame.file.as_deref());
    json.maybe_whole("line", frame.line.map(u64::from));
    json.maybe_whole("column", frame.column.map(u64::from));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample::Scope;
    use crate::report::alloc_sites::Tally;

    #[test]
    fn every_figure_and_frame_is_written() {
        let held = |bytes, blocks| Held { bytes, blocks };
        let named = Frame {
            function: "app::f".to_owned(),
            file: Some("/code/app/src/f.rs".to_owned()),
            line: Some(7),
            column: Some(3),
        };
        let unnamed = Frame {
            function: "main".to_owned(),
            ..Frame::default()
        };
        let captured = Allocations {
            scope: Scope::Process,
            events: 6,
            complete: true,
            peak_event: 4,
            sites: vec![Site {
                tally: Tally {
                    at_peak: held(48, 3),
                    at_end: held(16, 1),
                    most: held(64, 4),
                    total: Made {
                        bytes: 64,
                        allocations: 4,
                    },
                    lifetime: 9,
                },
                frames: vec![named, unnamed.clone()],
            }],
            first: Some(vec![unnamed]),
        };
        let text = Json::line(|json| allocations(json, &captured));
        let found: serde_json::Value = serde_json::from_str(&text).unwrap();
        let main = serde_json::json!({
            "function": "main", "file": null, "line": null, "column": null,
        });
        let expected = serde_json::json!({
            "scope": "process",
            "events": 6,
            "peak_event": 4,
            "complete": true,
            "sites": [{
                "at_peak": {"bytes": 48, "blocks": 3},
                "at_end": {"bytes": 16, "blocks": 1},
                "most": {"bytes": 64, "blocks": 4},
                "total": {"bytes": 64, "allocations": 4},
                "lifetime": 9,
                "frames": [
                    {
                        "function": "app::f",
                        "file": "/code/app/src/f.rs",
                        "line": 7,
                        "column": 3,
                    },
                    main,
                ],
            }],
            "first": [main],
        });
        assert_eq!(found, expected);
    }
}
