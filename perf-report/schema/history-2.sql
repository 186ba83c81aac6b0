-- From schema 1 to 2: a run may be measured in parts, by several machines.

CREATE TABLE perf_part (
    run TEXT NOT NULL REFERENCES perf_run (id),
    number BIGINT NOT NULL,
    total BIGINT NOT NULL,
    tool TEXT NOT NULL,
    exit_code BIGINT NOT NULL,
    PRIMARY KEY (run, number)
);

INSERT INTO perf_part (run, number, total, tool, exit_code)
SELECT id, 1, 1, tool, exit_code FROM perf_run WHERE exit_code IS NOT NULL;

ALTER TABLE perf_run DROP COLUMN tool;

ALTER TABLE perf_run DROP COLUMN exit_code;
