{-# LANGUAGE OverloadedStrings #-}

-- |
-- The send log: what happened on the connections, one line per event, with the time of
-- the monotonic clock. The time of a send is read before the system call, so that a fast
-- client's report of a chunk is never older than the chunk's line.
module Poetry.Server.SendLog
  ( SendLog
  , Entry (..)
  , Event (..)
  , through
  , ndjson
  , plain
  ) where

import Control.Concurrent (myThreadId)
import Control.Exception (catch, throwTo)
import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes

import Poetry.Server.Clock (Nanoseconds)
import Poetry.Words (Trouble, orTrouble, showSeconds)

-- | Records an entry. Any thread may call it; it never throws.
type SendLog = Entry -> IO ()

-- | One line of the log.
data Entry = Entry
  { time :: Nanoseconds
  , server :: Int
  -- ^ The server's number in the playbill, from 1.
  , connection :: Int
  -- ^ The connection's number among this server's accepts, from 1.
  , event :: Event
  }
  deriving (Eq, Show)

-- | What happened on a connection.
data Event
  = -- | The connection was accepted from this peer.
    Accepted ByteString
  | -- | The kernel took the bytes from a start to an end. The time is when they were
    -- due; it is there if they begin a chunk that did not have to wait for the client.
    Sent Int Int (Maybe Nanoseconds)
  | -- | The client ended its side.
    HalfClosed
  | -- | The server ended its side.
    Finished
  | -- | The server ended the connection.
    Closed
  | -- | The server reset the connection.
    WasReset
  | -- | The client broke the connection, or ended its side when the server had nothing
    -- more to send.
    HungUp
  deriving (Eq, Show)

-- | A log that writes each line with one call of an action. If the action fails, the
-- 'Trouble' is thrown to the thread that made the log, not to the one that uses it.
through :: (ByteString -> IO ()) -> (Entry -> ByteString) -> IO SendLog
through write format = do
  owner <- myThreadId
  pure $ \entry ->
    orTrouble "cannot write the send log" (write (format entry <> "\n"))
      `catch` \trouble -> throwTo owner (trouble :: Trouble)

-- | A line for programs: a JSON object, with times in seconds to the microsecond.
ndjson :: Entry -> ByteString
ndjson entry = "{" <> Bytes.intercalate "," (map field fields) <> "}"
 where
  field (key, value) = "\"" <> key <> "\":" <> value
  fields =
    [ ("t", showSeconds 6 (time entry))
    , ("act", "\"" <> name (event entry) <> "\"")
    , ("server", decimal (server entry))
    , ("conn", decimal (connection entry))
    ]
      ++ details
  details = case event entry of
    Accepted peer -> [("peer", "\"" <> peer <> "\"")]
    Sent start end due ->
      [("start", decimal start), ("end", decimal end)] ++ [("due", showSeconds 6 at) | Just at <- [due]]
    _ -> []

-- | A line for people: seconds since the log began, and text.
plain :: Nanoseconds -> Entry -> ByteString
plain began entry =
  Bytes.replicate (9 - Bytes.length since) ' '
    <> since
    <> (" s  server " <> decimal (server entry))
    <> ("  connection " <> decimal (connection entry) <> ": ")
    <> case event entry of
      Accepted peer -> "accepted, from " <> peer
      Sent start end _ -> "sent bytes " <> decimal start <> " to " <> decimal end
      other -> name other
 where
  since = showSeconds 3 (time entry - began)

name :: Event -> ByteString
name what = case what of
  Accepted _ -> "accept"
  Sent {} -> "send"
  HalfClosed -> "half-close"
  Finished -> "fin"
  Closed -> "close"
  WasReset -> "reset"
  HungUp -> "hang-up"

decimal :: Int -> ByteString
decimal = Bytes.pack . show
