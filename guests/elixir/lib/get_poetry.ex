defmodule GetPoetry do
  @moduledoc "Gets poems from slow servers, as docs/client-contract.md says: a process for each address."

  @address ~r/\A(?:(\[[0-9A-Fa-f:.]+\]|[\w.][\w.-]*):)?0*([1-9][0-9]{0,4})\z/
  @text %{econnreset: "connection reset", timeout: "timed out", etimedout: "timed out", nxdomain: "unknown host"}
  # By default a reset looks like the end, and a large chunk takes several reads.
  @options [:binary, active: false, show_econnreset: true, buffer: 65_536]

  def main(words) do
    # The runtime's own action would end the program with status 0. SIGINT ends it at once; see mix.exs.
    {:ok, _} = System.trap_signal(:sigterm, fn -> :erlang.halt(143, flush: false) end)
    ports = for number <- [1, 2], do: Port.open({:fd, 0, number}, [:out, :binary, busy_limits_port: {1, 1}])
    [stdout, stderr] = Enum.filter(ports, &Process.unlink/1)
    main = self()

    case parse(words, :infinity) do
      {:ok, addresses, timeout} ->
        for {address, task} <- Enum.with_index(addresses, 1),
            do: spawn_link(fn -> send(main, {:ended, fetch(task, address, timeout, &send(main, {:line, &1}))}) end)

        System.halt(print(length(addresses), stdout, stderr, 0))

      {:error, problem} ->
        write(stderr, "#{problem}\nusage: get-poetry [--timeout SECONDS] [host:]port ...\n") && System.halt(2)
    end
  end

  defp parse(["--timeout", number | words], :infinity) do
    case {number =~ ~r/\A[0-9.]+\z/, Float.parse(number)} do
      {true, {seconds, ""}} when seconds > 0 and seconds <= 3600 -> parse(words, ceil(seconds * 1000))
      _ -> {:error, "bad timeout #{inspect(number)}"}
    end
  end

  defp parse([], _timeout), do: {:error, "no address given"}

  defp parse(words, timeout) do
    bad = Enum.find(words, &(address(&1) == nil))
    if bad, do: {:error, "bad address #{inspect(bad)}"}, else: {:ok, Enum.map(words, &address/1), timeout}
  end

  defp address(word) do
    with [_, host, digits] <- Regex.run(@address, word),
         true <- not (host =~ "[") or elem(:inet.parse_ipv6strict_address(~c"#{String.slice(host, 1..-2//1)}"), 0) == :ok,
         port when port <= 65_535 <- String.to_integer(digits),
         do: {if(host == "", do: "127.0.0.1", else: host), port},
         else: (_ -> nil)
  end

  # Only the main process writes: lines stay whole, and poems are never mixed. Returns the exit status.
  defp print(0, _stdout, _stderr, status), do: status

  defp print(left, stdout, stderr, status) do
    receive do
      {:line, line} -> write(stderr, line) && print(left, stdout, stderr, status)
      {:ended, nil} -> print(left - 1, stdout, stderr, 1)
      {:ended, poem} -> write(stdout, [poem, ?\n]) && print(left - 1, stdout, stderr, status)
    end
  end

  # Returns the poem, or reports the failure and returns nil. It blocks its own process only.
  defp fetch(task, {host, port}, timeout, say) do
    name = host |> String.trim_leading("[") |> String.trim_trailing("]") |> to_charlist()
    got = &say.("Task #{task}: got #{&1} bytes of poetry from #{host}:#{port}\n")

    with {:ok, socket} <- connect(name, port, timeout),
         {:ok, poem} <- read(socket, timeout, got, []) do
      poem
    else
      {:error, why} -> say.("Task #{task}: failed: #{@text[why] || :inet.format_error(why)} (#{host}:#{port})\n") && nil
    end
  end

  # Of a name, all IPv6 addresses are tried and then all IPv4 addresses. An IP address needs no resolver.
  defp connect(name, port, timeout) do
    with {:error, :einval} <- :inet.parse_strict_address(name),
         {:error, reason} when reason != :timeout <- :gen_tcp.connect(name, port, [:inet6 | @options], timeout),
         {:error, :nxdomain} <- :gen_tcp.connect(name, port, @options, timeout) do
      {:error, reason}
    else
      {:ok, ip} when is_tuple(ip) -> :gen_tcp.connect(ip, port, @options, timeout)
      ended -> ended
    end
  end

  defp read(socket, timeout, got, poem) do
    case :gen_tcp.recv(socket, 0, timeout) do
      {:ok, chunk} -> got.(byte_size(chunk)) && read(socket, timeout, got, [poem, chunk])
      {:error, :closed} -> {:ok, poem}
      error -> error
    end
  end

  # A port takes bytes as they are. It is busy while a byte waits, so an empty command returns when all are written.
  defp write(port, bytes) do
    Port.command(port, bytes) && Port.command(port, [])
  rescue
    ArgumentError -> System.halt(1)
  end
end
