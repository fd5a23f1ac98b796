(* get-poetry gets poems from slow servers, as docs/client-contract.md says: a promise for each address. *)
open Lwt.Syntax

type address = { host : string; port : int }

let all_of test text = text <> "" && String.for_all test text
let is_digit c = '0' <= c && c <= '9'
let show { host; port } = Printf.sprintf (if String.contains host ':' then "[%s]:%d" else "%s:%d") host port

(* Poems and lines are written whole and at once; if nobody reads them, the program ends. *)
let write descriptor text =
  let rec go from =
    if from < String.length text then
      go (from + Unix.write_substring descriptor text from (String.length text - from))
  in
  try go 0 with Unix.Unix_error _ -> Unix._exit 1
let report line = write Unix.stderr (line ^ "\n")

let refuse problem =
  report (Printf.sprintf "get-poetry: %s\nusage: get-poetry [--timeout SECONDS] [host:]port ..." problem);
  exit 2

let is_ipv6 text = String.contains text ':' && try ignore (Unix.inet_addr_of_string text); true with _ -> false
let parse_address word =
  let scan form = try Scanf.sscanf word form (fun host port -> Some (host, port)) with _ -> None in
  let host, port =
    match (scan "[%[0-9A-Fa-f:.]]:%[0-9]%!", scan "%[^][:]:%[0-9]%!") with
    | Some (host, port), _ -> ((if is_ipv6 host then host else ""), port)
    | None, Some found -> found
    | None, None -> ("127.0.0.1", word)
  in
  match if all_of is_digit port then int_of_string_opt port else None with
  | Some port when host <> "" && host.[0] <> '-' && 1 <= port && port <= 65535 -> { host; port }
  | _ -> refuse (Printf.sprintf "bad address %S" word)

(* The addresses, and the seconds after which a silent server is given up. *)
let parse = function
  | "--timeout" :: number :: (_ :: _ as words) -> (
      match if all_of (fun c -> is_digit c || c = '.') number then float_of_string_opt number else None with
      | Some seconds when 0. < seconds && seconds <= 3600. -> (List.map parse_address words, Some seconds)
      | _ -> refuse (Printf.sprintf "bad timeout %S" number))
  | [] -> refuse "no address given"
  | words -> (List.map parse_address words, None)

let within timeout promise = match timeout with None -> promise () | Some seconds -> Lwt_unix.with_timeout seconds promise

let plain_words = function
  | Unix.Unix_error (Unix.ECONNRESET, _, _) -> "connection reset"
  | Unix.Unix_error (Unix.ETIMEDOUT, _, _) | Lwt_unix.Timeout -> "timed out"
  | Unix.Unix_error (error, _, _) -> String.lowercase_ascii (Unix.error_message error)
  | Not_found -> "unknown host"
  | error -> Printexc.to_string error

let resolve { host; port } =
  match Unix.inet_addr_of_string host with
  | number -> Lwt.return [ Unix.ADDR_INET (number, port) ]
  | exception Failure _ ->
      let+ found = Lwt_unix.getaddrinfo host (string_of_int port) [ AI_SOCKTYPE SOCK_STREAM ] in
      List.map (fun one -> one.Unix.ai_addr) found

(* Tries all addresses of a name in order. *)
let rec connect = function
  | [] -> Lwt.fail Not_found
  | name :: others ->
      let socket = Lwt_unix.socket (Unix.domain_of_sockaddr name) SOCK_STREAM 0 in
      let connected () = let+ () = Lwt_unix.connect socket name in socket in
      Lwt.catch connected (fun error ->
          let* () = Lwt_unix.close socket in
          if others = [] || error = Lwt.Canceled then Lwt.fail error else connect others)

(* The whole poem; the promise fails if it does not come whole. *)
let get_poem timeout task address =
  let* socket = within timeout (fun () -> Lwt.bind (resolve address) connect) in
  let poem = Buffer.create 65536 and chunk = Bytes.create 65536 in
  let rec read () =
    let* count = within timeout (fun () -> Lwt_unix.read socket chunk 0 65536) in
    if count = 0 then Lwt.return (Buffer.contents poem)
    else (
      report (Printf.sprintf "Task %d: got %d bytes of poetry from %s" task count (show address));
      Buffer.add_subbytes poem chunk 0 count;
      read ())
  in
  Lwt.finalize read (fun () -> Lwt_unix.close socket)

(* Prints a poem or reports the failure; gives whether the poem came whole. *)
let fetch timeout index address =
  Lwt.catch
    (fun () ->
      let+ poem = get_poem timeout (index + 1) address in
      write Unix.stdout (poem ^ "\n");
      true)
    (fun error ->
      report (Printf.sprintf "Task %d: failed: %s (%s)" (index + 1) (plain_words error) (show address));
      Lwt.return false)

(* Signals keep their usual action: the system ends the program and closes its connections. *)
let () =
  let addresses, timeout = parse (List.tl (Array.to_list Sys.argv)) in
  let whole = Lwt_main.run (Lwt_list.mapi_p (fetch timeout) addresses) in
  exit (if List.for_all Fun.id whole then 0 else 1)
