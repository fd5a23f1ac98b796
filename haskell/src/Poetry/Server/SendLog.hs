{-# LANGUAGE OverloadedStrings #-}

-- |
-- The send log: what the servers did, one line a deed, stamped with the
-- monotonic clock. A deed of the server's own is stamped before it is done, so
-- that a quick client's report never seems older than what it reports.
module Poetry.Server.SendLog
  ( SendLog
  , Entry (..)
  , Deed (..)
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

-- | Takes an entry, from whatever thread; never throws.
type SendLog = Entry -> IO ()

data Entry = Entry
  { time :: Nanoseconds
  , server :: Int
  -- ^ Its number in the playbill, from 1.
  , connection :: Int
  -- ^ Its number at that server, from 1 in the order of the accepts.
  , deed :: Deed
  }
  deriving (Eq, Show)

data Deed
  = -- | From this peer.
    Accepted ByteString
  | -- | The bytes from a start to an end were taken by the kernel; with the
    -- time they were due where they begin a chunk that found the way free.
    Sent Int Int (Maybe Nanoseconds)
  | -- | The client ended its side.
    HalfClosed
  | -- | The server ended its own.
    Finished
  | -- | The server ended the connection.
    Closed
  | -- | The server broke it off.
    WasReset
  | -- | The client broke it off, or ended its side where nothing more was to come.
    HungUp
  deriving (Eq, Show)

-- | A log whose lines are written by an action, each in one call. Trouble with
-- that is the trouble of the thread that made the log, not of those who use it.
through :: (ByteString -> IO ()) -> (Entry -> ByteString) -> IO SendLog
through write format = do
  owner <- myThreadId
  pure $ \entry ->
    orTrouble "cannot write the send log" (write (format entry <> "\n"))
      `catch` \trouble -> throwTo owner (trouble :: Trouble)

-- | For the lab: a JSON object, times in seconds to the microsecond.
ndjson :: Entry -> ByteString
ndjson entry = "{" <> Bytes.intercalate "," (map field fields) <> "}"
 where
  field (key, value) = "\"" <> key <> "\":" <> value
  fields =
    [ ("t", showSeconds 6 (time entry))
    , ("act", "\"" <> name (deed entry) <> "\"")
    , ("server", decimal (server entry))
    , ("conn", decimal (connection entry))
    ]
      ++ details
  details = case deed entry of
    Accepted peer -> [("peer", "\"" <> peer <> "\"")]
    Sent start end due ->
      [("start", decimal start), ("end", decimal end)] ++ [("due", showSeconds 6 at) | Just at <- [due]]
    _ -> []

-- | For a person: a short sentence, in seconds since the log began.
plain :: Nanoseconds -> Entry -> ByteString
plain began entry =
  Bytes.replicate (9 - Bytes.length since) ' '
    <> since
    <> (" s  server " <> decimal (server entry))
    <> ("  connection " <> decimal (connection entry) <> ": ")
    <> case deed entry of
      Accepted peer -> "accepted, from " <> peer
      Sent start end _ -> "sent bytes " <> decimal start <> " to " <> decimal end
      other -> name other
 where
  since = showSeconds 3 (time entry - began)

name :: Deed -> ByteString
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
