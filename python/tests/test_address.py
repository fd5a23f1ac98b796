"""The addresses on a client's command line, and in messages."""

import pytest

from slowpoetry.address import Address, UsageError, format_address, parse_addresses


def test_a_port_alone_means_this_machine() -> None:
    assert parse_addresses(["10001"]) == [Address("127.0.0.1", 10001)]


def test_a_port_may_have_leading_zeros() -> None:
    assert parse_addresses(["0" * 5000 + "80", "host:000001"]) == [Address("127.0.0.1", 80), Address("host", 1)]


def test_a_host_may_precede_the_port() -> None:
    assert parse_addresses(["poems.example:1", "10.0.0.7:65535"]) == [
        Address("poems.example", 1),
        Address("10.0.0.7", 65535),
    ]


def test_addresses_keep_the_order_of_the_arguments_and_may_repeat() -> None:
    assert [address.port for address in parse_addresses(["3", "1", "3"])] == [3, 1, 3]


@pytest.mark.parametrize(
    "bad",
    [
        *("", ":", "port", "80x", "1.5", "-1", "+1", " 1", "1_0", "\u0663", "0", "65536", "9" * 5000),
        *(
            "host:",
            "host:http",
            ":10001",
            "::1:10001",
            "-a:1",
            "--quiet",
            "--timeout:1",
            "0" * 5000,
            "1" + "0" * 5,
            "a:b:1",
            "a..b:1",
            "a" * 64 + ":1",
            "\udcff:1",
        ),
    ],
)
def test_a_bad_argument_is_refused_and_named(bad: str) -> None:
    with pytest.raises(UsageError) as refusal:
        parse_addresses(["10001", bad])
    assert repr(bad) in str(refusal.value)


def test_an_empty_command_line_is_refused() -> None:
    with pytest.raises(UsageError):
        parse_addresses([])


def test_messages_always_name_host_and_port() -> None:
    addresses = parse_addresses(["10001", "poems.example:2"])
    assert [format_address(address) for address in addresses] == ["127.0.0.1:10001", "poems.example:2"]
