"""The table of seeded faults: how each comes about, which command meets it, and what mends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.support.fault_seeds import (
    clock_ahead,
    clock_set,
    column_dropped,
    disk_fills_up,
    disk_freed,
    enrolled_anew,
    expired_token,
    fingerprint_asked_again,
    generation_damaged,
    identifier_in_text,
    interpreter_shut_in,
    led_astray,
    led_back,
    long_expired,
    namespaces_blocked,
    never_loaded,
    newcomer,
    no_bubblewrap,
    no_persons_file,
    no_proxy,
    no_start_column,
    old_version,
    open_quotation,
    opened,
    other_authority,
    other_encoding,
    other_unlock_key,
    package_installed,
    proxy_login_corrected,
    proxy_off,
    proxy_refuses,
    proxy_wants_login,
    register_altered,
    restored,
    revoked,
    run_until_renewed,
    running_already,
    settings_typo,
    source_mended,
    state_corrupt,
    state_disk_freed,
    state_fills_up,
    sysctl_obeyed,
    trust_given,
    typo_corrected,
    used_token,
)
from tests.support.link_house import closed_port
from tests.support.node_desk import SITE, Answer
from tests.support.seeded_faults import CANARY, Ward, intercept, run_advice, write_measurements

WRONG = f"sha256:{'0' * 64}"
Seed = Callable[[Ward], object]
Cure = Callable[[Ward, str], Answer]
"""Does what the sentence asks for, then runs the command that it names."""
Words = Callable[[Ward], list[str]]


@dataclass(frozen=True)
class Fault:
    """One row of the table: a name, and what brings the fault about.

    Args:
        command: what is typed and meets the fault.
        cause: facts that the cause must hold as they are.
        place: what must stand in the line of the place.
        cure: None where the command only shows more; it must then run as it stands.
        bare: whether the node is set up and no more.
        only_shows: whether the named command mends nothing and shows what there is.
        sound: whether the fault does not stop the node, so that the exit code is 0.
        proof: what must succeed afterwards; the same command where it can be repeated.
    """

    name: str
    seed: Seed
    command: Words
    code: str
    place: Words
    cure: Cure | None = None
    cause: tuple[str, ...] = ()
    bare: bool = False
    only_shows: bool = False
    sound: bool = False
    proof: Words | None = None


# --- commands and places -------------------------------------------------------------------------------


def doctor(_: Ward) -> list[str]:
    return ["doctor"]


def load(ward: Ward) -> list[str]:
    return ["load-omop", str(ward.cdm)]


def spend(ward: Ward) -> list[str]:
    return ["enrol", ward.told["token"]]


def trust(ward: Ward, fingerprint: str = "") -> list[str]:
    given = fingerprint or ward.fingerprint
    return ["trust", "--root", str(ward.folder / "root.json"), "--fingerprint", given]


def typed(*words: str) -> Words:
    return lambda _: list(words)


def at_home(*parts: str) -> Words:
    return lambda ward: [str(ward.home.joinpath(*parts))]


def cell(file: str, *cells: str) -> Words:
    """A file of the source by its whole path, then row and column; both languages number alike."""
    return lambda ward: [str(ward.cdm / file), *cells]


def gateway(ward: Ward) -> list[str]:
    return [ward.gateway.address]


def gate(ward: Ward) -> list[str]:
    return [f"127.0.0.1:{ward.gateway.house.gateway.enrol_port}"]


def kept(name: str) -> Words:
    return lambda ward: [str(ward.told[name])]


# --- cures ---------------------------------------------------------------------------------------------


def literally(ward: Ward, command: str) -> Answer:
    """The command mends it alone."""
    return run_advice(ward, command)


def after(mend: Seed) -> Cure:
    """What a person or a neighbour does first; then the command as it stands."""

    def cure(ward: Ward, command: str) -> Answer:
        mend(ward)
        return run_advice(ward, command)

    return cure


def with_token(ward: Ward, command: str) -> Answer:
    return run_advice(ward, command, token=ward.gateway.token())


def with_folder(ward: Ward, command: str) -> Answer:
    return run_advice(ward, command, folder=str(ward.cdm))


def outside(mend: Seed) -> Cure:
    """The command belongs to the machine or its network: its effect is brought about by hand."""

    def cure(ward: Ward, command: str) -> Answer:
        ward.told["command"] = command
        mend(ward)
        return Answer(0, "", "")

    return cure


FAULTS = [
    Fault(
        "proxy-refuses-connect",
        proxy_refuses,
        doctor,
        "link.proxy_refused",
        kept("proxy"),
        after(lambda ward: ward.told["allow"]()),
        cause=("403",),
    ),
    Fault(
        "proxy-wants-a-password",
        proxy_wants_login,
        doctor,
        "link.proxy_refused",
        kept("proxy"),
        after(proxy_login_corrected),
        cause=("407",),
    ),
    Fault("proxy-off", proxy_off, doctor, "link.proxy_unreachable", kept("address"), outside(no_proxy)),
    Fault(
        "tls-interception",
        lambda ward: led_astray(ward, f"127.0.0.1:{intercept(ward, issuer='Hospital TLS Inspection CA')}"),
        doctor,
        "link.tls_intercepted",
        kept("address"),
        after(led_back),
        cause=("Hospital TLS Inspection CA",),
    ),
    Fault(
        "wrong-authority",
        other_authority,
        spend,
        "link.wrong_ca",
        gate,
        with_token,
        proof=doctor,
        cause=("Onggi test coordinator",),
    ),
    Fault(
        "port-closed",
        lambda ward: led_astray(ward, f"127.0.0.1:{closed_port()}"),
        doctor,
        "link.port_closed",
        kept("address"),
        outside(led_back),
    ),
    Fault(
        "name-unknown",
        lambda ward: led_astray(ward, "no-such-host.invalid:443"),
        doctor,
        "link.dns",
        kept("address"),
        outside(led_back),
        cause=("no-such-host.invalid",),
    ),
    Fault("never-enrolled", newcomer, doctor, "enrol.not_enrolled", at_home("link"), with_token),
    Fault("token-expired", expired_token, spend, "enrol.token_expired", gate, with_token, proof=doctor),
    Fault("token-used-by-another-key", used_token, spend, "enrol.token_used", gate, with_token, proof=doctor),
    Fault(
        "token-of-another-site",
        lambda ward: newcomer(ward, ward.gateway.token("zurich")),
        spend,
        "enrol.token_for_other_site",
        gate,
        with_token,
        proof=doctor,
        cause=("zurich", SITE),
    ),
    Fault(
        "token-cut",
        lambda ward: newcomer(ward, ward.gateway.token()[:-20]),
        spend,
        "enrol.token_malformed",
        gate,
        with_token,
        proof=doctor,
    ),
    Fault(
        "clock-an-hour-ahead",
        clock_ahead,
        doctor,
        "link.clock_off",
        gateway,
        outside(clock_set),
        cause=("3",),
    ),
    Fault(
        "certificate-long-expired",
        long_expired,
        doctor,
        "link.certificate_expired",
        gateway,
        run_until_renewed,
    ),
    Fault("certificate-revoked", revoked, doctor, "link.certificate_revoked", gateway, enrolled_anew),
    Fault(
        "connection-key-open",
        opened("link", "node.key", mode=0o644),
        doctor,
        "enrol.key_open_to_others",
        at_home("link", "node.key"),
        literally,
    ),
    Fault(
        "user-namespaces-blocked",
        namespaces_blocked,
        doctor,
        "sandbox.userns_blocked",
        lambda _: ["kernel.unprivileged_userns_clone"],
        outside(sysctl_obeyed),
    ),
    Fault(
        "bubblewrap-missing",
        no_bubblewrap,
        doctor,
        "sandbox.bwrap_missing",
        lambda ward: [str(ward.folder / "bin" / "bwrap")],
        outside(package_installed),
    ),
    Fault(
        "interpreter-out-of-reach",
        interpreter_shut_in,
        doctor,
        "sandbox.interpreter_unreachable",
        kept("shut"),
        outside(lambda ward: ward.told["shut"].chmod(0o755)),
        cause=("62999",),
    ),
    Fault(
        "disk-full-while-loading",
        disk_fills_up,
        load,
        "store.disk_full",
        at_home("store"),
        outside(disk_freed),
    ),
    Fault(
        "disk-full-while-trusting",
        state_fills_up,
        trust,
        "node.disk_full",
        at_home(),
        after(state_disk_freed),
        bare=True,
    ),
    Fault(
        "wrong-data-key",
        other_unlock_key,
        doctor,
        "store.wrong_key",
        at_home("keys", "data-key.json"),
        after(restored),
    ),
    Fault(
        "unlock-key-open",
        opened("keys", "data-unlock.key", mode=0o644),
        load,
        "store.key_file_open",
        at_home("keys", "data-unlock.key"),
        literally,
        cause=("0644",),
    ),
    Fault(
        "folder-open",
        opened("keys", mode=0o755),
        doctor,
        "node.folder_open",
        at_home("keys"),
        literally,
        cause=("0755",),
    ),
    Fault(
        "missing-table",
        no_persons_file,
        load,
        "load.missing_table",
        lambda ward: [str(ward.cdm)],
        after(source_mended),
        cause=("person",),
    ),
    Fault(
        "missing-column",
        no_start_column,
        load,
        "load.missing_column",
        cell("observation_period.csv", "observation_period_start_date"),
        after(source_mended),
    ),
    Fault(
        "cdm-5.2",
        old_version,
        load,
        "load.cdm_version",
        lambda ward: [str(ward.cdm)],
        after(source_mended),
        cause=("5.2",),
    ),
    Fault("not-utf-8", other_encoding, load, "load.not_utf8", cell("person.csv", "4"), literally),
    Fault(
        "row-too-long", open_quotation, load, "load.bad_row", cell("person.csv", "3"), after(source_mended)
    ),
    Fault(
        "bad-date",
        lambda ward: write_measurements(ward, day=CANARY),
        load,
        "load.bad_date",
        cell("measurement.csv", "3", "measurement_date"),
        after(source_mended),
    ),
    Fault(
        "id-not-an-integer",
        lambda ward: write_measurements(ward, concept=CANARY),
        load,
        "load.not_integer",
        cell("measurement.csv", "3", "measurement_concept_id"),
        after(source_mended),
    ),
    Fault(
        "identifier-found",
        identifier_in_text,
        load,
        "load.identifier_found",
        cell("observation.csv", "3", "value_as_string"),
        after(column_dropped),
        cause=("rrn",),
    ),
    Fault("no-data-yet", never_loaded, doctor, "store.empty", at_home("store"), with_folder),
    Fault(
        "generation-damaged",
        generation_damaged,
        doctor,
        "store.damaged",
        at_home("store", "generations", "1", "cdm.duckdb"),
        with_folder,
    ),
    Fault(
        "root-fingerprint-wrong",
        lambda _: None,
        lambda ward: trust(ward, ward.told.get("fingerprint", WRONG)),
        "root.wrong_fingerprint",
        lambda ward: [str(ward.folder / "root.json")],
        outside(fingerprint_asked_again),
        bare=True,
    ),
    Fault(
        "root-not-pinned",
        lambda _: None,
        typed("run"),
        "node.no_root",
        at_home(),
        trust_given,
        bare=True,
        proof=typed("status"),
    ),
    Fault(
        "already-running", running_already, typed("run"), "node.already_running", at_home(), only_shows=True
    ),
    Fault(
        "state-corrupt",
        state_corrupt,
        doctor,
        "node.state_unreadable",
        at_home("state.sqlite"),
        after(restored),
    ),
    Fault(
        "settings-typo",
        settings_typo,
        doctor,
        "node.settings_invalid",
        at_home("node.toml"),
        after(typo_corrected),
        cause=("datset",),
    ),
    Fault(
        "settings-typo-at-status",
        settings_typo,
        typed("status"),
        "node.settings_invalid",
        at_home("node.toml"),
        after(typo_corrected),
    ),
    Fault(
        "paused",
        lambda ward: ward.desk.type("pause"),
        doctor,
        "node.paused",
        at_home(),
        literally,
        sound=True,
    ),
    Fault(
        "register-altered",
        register_altered,
        typed("releases", "verify"),
        "register.chain_broken",
        at_home(),
        only_shows=True,
        cause=("1",),
    ),
    Fault(
        "release-unknown",
        lambda _: None,
        typed("releases", "show", "99"),
        "release.not_found",
        at_home(),
        only_shows=True,
        cause=("99",),
    ),
]
