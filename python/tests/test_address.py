"""The addresses on a client's command line, and in messages."""

import pytest

from slowpoetry.address import Address, UsageError, format_address, is_numeric, parse_addresses


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
            *("::1", "::1:10001", "[::1]", "[::1]:", "[::1]10001", "[::1]:x", "[::1]:0", "[::1]:65536", "[]:1"),
            *("[::1:1", "::1]:1", "x[::1]:1", "[127.0.0.1]:1", "[localhost]:1", "[::1%lo]:1", "[1::2::3]:1", "[:::]:1"),
            *("[g::1]:1", "[1:2:3:4:5:6:7]:1", "[::12345]:1", "[ ::1]:1", "[::1\0]:1", "[\u0661::]:1", "[[::1]]:1"),
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


@pytest.mark.parametrize("bad", ["::1", "::1:10001", "2001:db8::7", "[::1]", "[127.0.0.1]:10001"])
def test_it_is_said_how_an_ipv6_address_is_written(bad: str) -> None:
    with pytest.raises(UsageError, match=r"an IPv6 address is written in brackets, before a port, like \[::1\]:10001"):
        parse_addresses([bad])


@pytest.mark.parametrize(
    "host", ["::1", "::", "2001:db8::7", "FE80::1", "1:2:3:4:5:6:7:8", "::ffff:127.0.0.1", "0::0:1"]
)
def test_an_ipv6_address_is_read_and_printed_in_brackets_and_kept_as_it_was_typed(host: str) -> None:
    [address] = parse_addresses([f"[{host}]:0010001"])
    assert address == Address(host, 10001)
    assert format_address(address) == f"[{host}]:10001"


def test_messages_always_name_host_and_port() -> None:
    addresses = parse_addresses(["10001", "poems.example:2"])
    assert [format_address(address) for address in addresses] == ["127.0.0.1:10001", "poems.example:2"]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_numeric_host_is_told_from_a_name(host: str) -> None:
    assert is_numeric(host)
    assert not is_numeric("localhost") and not is_numeric("127.0.0.one")
