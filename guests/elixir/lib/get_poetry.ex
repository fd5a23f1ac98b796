defmodule GetPoetry do
  @moduledoc "Gets poems from slow servers, as docs/client-contract.md says: a process for each address."

  @usage "usage: get-poetry [--timeout SECONDS] [host:]port ..."
  @address ~r/\A(?:(\[[0-9A-Fa-f:.]+\]|[\w.][\w.-]*):)?0*([1-9][0-9]{0,4})\z/
  # By default a reset looks like the end, and a large chunk takes several reads.
  @options [:binary, active: false, show_econnreset: true, buffer: 65_536]

  def main(words) do
    # The runtime's own action would end the program with status 0. SIGINT ends it at once; see mix.exs.
    {:ok, _} = System.trap_signal(:sigterm, fn -> :erlang.halt(143, flush: false) end)
    [stdout, stderr] = Enum.map([1, 2], &open/1)

    case parse(words, :infinity) do
      {:ok, addresses, timeout} ->
        main = self()

        for {address, task} <- Enum.with_index(addresses, 1),
            do: spawn_link(fn -> send(main, {:ended, fetch(task, address, timeout, &send(main, {:line, &1}))}) end)

        System.halt(print(length(addresses), stdout, stderr, 0))

      {:error, problem} ->
        write(stderr, "get-poetry: #{problem}\n#{@usage}\n")
        System.halt(2)
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
         port when port <= 65_535 <- String.to_integer(digits) do
      {if(host == "", do: "127.0.0.1", else: host), port}
    else
      _ -> nil
    end
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
  defp fetch(task, {host, port}, timeout, report) do
    name = host |> String.trim_leading("[") |> String.trim_trailing("]") |> to_charlist()
    got = &report.("Task #{task}: got #{&1} bytes of poetry from #{host}:#{port}\n")

    with {:ok, socket} <- :gen_tcp.connect(name, port, @options, timeout),
         {:ok, poem} <- read(socket, timeout, got, []) do
      poem
    else
      {:error, reason} -> report.("Task #{task}: failed: #{plain_words(reason)} (#{host}:#{port})\n") && nil
    end
  end

  defp read(socket, timeout, got, poem) do
    case :gen_tcp.recv(socket, 0, timeout) do
      {:ok, chunk} -> got.(byte_size(chunk)) && read(socket, timeout, got, [poem, chunk])
      {:error, :closed} -> {:ok, poem}
      error -> error
    end
  end

  defp plain_words(:econnreset), do: "connection reset"
  defp plain_words(late) when late in [:timeout, :etimedout], do: "timed out"
  defp plain_words(:nxdomain), do: "unknown host"
  defp plain_words(reason), do: :inet.format_error(reason)

  # A port takes bytes as they are. It is busy while a byte waits, so an empty command returns when all are written.
  defp open(descriptor) do
    port = Port.open({:fd, 0, descriptor}, [:out, :binary, busy_limits_port: {1, 1}])
    Process.unlink(port) && port
  end

  defp write(port, bytes) do
    Port.command(port, bytes) && Port.command(port, [])
  rescue
    ArgumentError -> System.halt(1)
  end
end
