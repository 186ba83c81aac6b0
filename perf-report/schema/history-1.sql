-- Schema 1 of the history. SQLite and PostgreSQL both take it.

-- One row: the schema that this store has.
CREATE TABLE perf_schema (
    version BIGINT NOT NULL
);

CREATE TABLE perf_run (
    id TEXT PRIMARY KEY,
    unix_time BIGINT NOT NULL,
    commit_hash TEXT,
    branch TEXT,
    dirty BOOLEAN,
    tool TEXT,
    exit_code BIGINT
);

CREATE INDEX perf_run_time ON perf_run (unix_time);

-- Where and how cases were built and measured; the id is made of the rest.
CREATE TABLE perf_place (
    id TEXT PRIMARY KEY,
    machine TEXT NOT NULL,
    words TEXT NOT NULL,
    rustc TEXT NOT NULL,
    profile TEXT NOT NULL,
    unoptimised BOOLEAN NOT NULL
);

CREATE TABLE perf_result (
    run TEXT NOT NULL REFERENCES perf_run (id),
    case_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    failure TEXT,
    place TEXT REFERENCES perf_place (id),
    clock TEXT,
    runtime TEXT,
    calls BIGINT,
    min_ns DOUBLE PRECISION,
    p50_ns DOUBLE PRECISION,
    p90_ns DOUBLE PRECISION,
    p95_ns DOUBLE PRECISION,
    p99_ns DOUBLE PRECISION,
    max_ns DOUBLE PRECISION,
    mean_ns DOUBLE PRECISION,
    wall_p50_ns DOUBLE PRECISION,
    waiting_share DOUBLE PRECISION,
    memory_by TEXT,
    peak_bytes BIGINT,
    allocs BIGINT,
    alloc_bytes BIGINT,
    retained_bytes BIGINT,
    instructions_by TEXT,
    instructions BIGINT,
    PRIMARY KEY (run, case_id)
);

CREATE INDEX perf_result_case ON perf_result (case_id);

CREATE TABLE perf_limit (
    run TEXT NOT NULL,
    case_id TEXT NOT NULL,
    nth BIGINT NOT NULL,
    metric TEXT NOT NULL,
    of_what TEXT,
    unit TEXT,
    floor BOOLEAN NOT NULL,
    mode TEXT NOT NULL,
    limit_value DOUBLE PRECISION,
    measured DOUBLE PRECISION,
    verdict TEXT NOT NULL,
    reason TEXT,
    waiver_reason TEXT,
    waiver_until TEXT,
    PRIMARY KEY (run, case_id, nth),
    FOREIGN KEY (run, case_id) REFERENCES perf_result (run, case_id)
);
