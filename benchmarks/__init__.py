"""The pack beside its peers, on the same work: `make bench` measures, `docs/performance.md` tells.

`kinds` says what is read, `server` serves it, `contestants` and `loads` say who reads it, `plan`
says how often, `measure` runs it, and `report` writes what came out.
"""
