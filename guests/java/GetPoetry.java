import java.io.*;
import java.net.*;
import java.util.concurrent.*;
import java.util.regex.Pattern;
import java.util.stream.*;

/** Gets poems from slow servers, as docs/client-contract.md says: a virtual thread for each address. */
final class GetPoetry {
    static final String USAGE = "usage: get-poetry [--timeout SECONDS] [host:]port ...";
    static final Pattern ADDRESS =
            Pattern.compile("(?:(\\[[0-9A-Fa-f:.]+\\]|[^-:\\[\\]][^:\\[\\]]*):)?0*([1-9][0-9]{0,4})");
    // Not System.out and System.err, which are for text, and which never say that nobody reads them.
    static final OutputStream OUT = new FileOutputStream(FileDescriptor.out), ERR = new FileOutputStream(FileDescriptor.err);

    // The runtime handles SIGINT and SIGTERM: it ends the program with status 130 or 143.
    public static void main(String[] words) throws Exception {
        try {
            var timed = words.length > 1 && words[0].equals("--timeout");
            var timeout = timed ? milliseconds(words[1]) : Integer.MAX_VALUE; // 24 days
            var addresses = Stream.of(words).skip(timed ? 2 : 0).map(GetPoetry::address).toList();
            if (addresses.isEmpty()) throw new IllegalArgumentException("no address given");
            var threads = Executors.newVirtualThreadPerTaskExecutor(); // an exit ends them
            var poems = new ExecutorCompletionService<ByteArrayOutputStream>(threads);
            IntStream.rangeClosed(1, addresses.size())
                    .forEach(task -> poems.submit(() -> fetch(task, addresses.get(task - 1), timeout)));
            var status = 0;
            for (var count = 0; count < addresses.size(); count++) {
                var poem = poems.take().get();
                if (poem == null) status = 1;
                else poem.writeTo(OUT);
            }
            System.exit(status);
        } catch (IllegalArgumentException problem) {
            report("get-poetry: " + problem.getMessage() + "\n" + USAGE);
            System.exit(2);
        } catch (IOException problem) {
            System.exit(1); // nobody reads the poems
        }
    }

    static InetSocketAddress address(String word) {
        var found = ADDRESS.matcher(word);
        if (!found.matches() || Integer.parseInt(found.group(2)) > 65535) throw new IllegalArgumentException("bad address " + word);
        var host = found.group(1) == null ? "127.0.0.1" : found.group(1);
        try {
            if (host.startsWith("[")) InetAddress.getByName(host); // looks nothing up
        } catch (UnknownHostException problem) {
            throw new IllegalArgumentException("bad address " + word);
        }
        return InetSocketAddress.createUnresolved(host, Integer.parseInt(found.group(2)));
    }

    static int milliseconds(String word) {
        var seconds = word.matches("[0-9]+(\\.[0-9]+)?") ? Double.parseDouble(word) : 0;
        if (seconds <= 0 || seconds > 3600) throw new IllegalArgumentException("bad timeout " + word);
        return (int) Math.ceil(seconds * 1000);
    }

    /** Gives the poem and a newline, or reports the failure and gives null. Its calls block its own thread only. */
    static ByteArrayOutputStream fetch(int task, InetSocketAddress address, int timeout) throws IOException {
        var name = address.getHostString() + ":" + address.getPort();
        try (var socket = connect(InetAddress.getAllByName(address.getHostString()), address.getPort(), timeout)) {
            socket.setSoTimeout(timeout);
            var poem = new ByteArrayOutputStream();
            var buffer = new byte[65536];
            for (int count; (count = socket.getInputStream().read(buffer)) >= 0; ) {
                report("Task " + task + ": got " + count + " bytes of poetry from " + name);
                poem.write(buffer, 0, count);
            }
            poem.write('\n');
            return poem;
        } catch (IOException error) {
            var words = error instanceof UnknownHostException ? "unknown host"
                    : error instanceof SocketTimeoutException ? "timed out"
                    : error.getMessage().toLowerCase().replaceFirst(" \\(.*", ""); // Connection refused (...)
            report("Task " + task + ": failed: " + words + " (" + name + ")");
            return null;
        }
    }

    /** Connects to the first address that accepts; the time is for all of them. */
    static Socket connect(InetAddress[] ips, int port, int timeout) throws IOException {
        var end = System.nanoTime() / 1_000_000 + timeout;
        for (var index = 0; ; index++) {
            var socket = new Socket();
            try {
                var left = Math.max(1, end - System.nanoTime() / 1_000_000);
                socket.connect(new InetSocketAddress(ips[index], port), (int) left);
                return socket;
            } catch (IOException error) {
                socket.close();
                if (index == ips.length - 1) throw error;
            }
        }
    }

    static void report(String line) throws IOException {
        ERR.write((line + "\n").getBytes());
    }
}
