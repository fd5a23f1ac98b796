-- |
-- One connection of a slow server: a thread plays the poem's schedule as if it
-- were alone, another reads, to notice what the client does.
--
-- Acts are due at absolute times, so that a late one does not push the next. A
-- chunk that finds bytes waiting before it, because the client does not read,
-- waits its turn and is nobody's lateness.
module Poetry.Server.Connection
  ( SlowPoem (..)
  , serve
  ) where

import Control.Concurrent.Async (race, wait, waitEither, withAsync)
import Control.Concurrent.MVar (newMVar, withMVar)
import Control.Exception (IOException, SomeException, fromException, try, uninterruptibleMask_)
import Control.Monad (unless)
import Data.ByteString (ByteString)
import qualified Data.ByteString as Bytes
import Data.Maybe (isJust, listToMaybe)
import Network.Socket (ShutdownCmd (..), Socket, close, shutdown)
import Network.Socket.ByteString (recv)

import Poetry.Server.Clock (Clock (..), Nanoseconds)
import Poetry.Server.Schedule (Act (..), Kind (..), Schedule)
import Poetry.Server.SendLog (Deed (..))
import Poetry.Server.Socket (reset, trySend, waitForRoom)

-- | What a server serves: the poem, and a schedule checked against it.
data SlowPoem = SlowPoem {poem :: ByteString, schedule :: Schedule}

-- | Serve a connection that was accepted at this time, tell its deeds, and
-- close it. To be run with all exceptions masked; @unmask@ lets them in, and
-- one that comes breaks the connection off: so a server ends it early.
serve :: (IO Deed -> IO Deed) -> Clock -> (Nanoseconds -> Deed -> IO ()) -> SlowPoem -> Nanoseconds -> Socket -> IO ()
serve unmask clock tell slow accepted connection = do
  -- Of what both threads do, one deed is stamped and told before the next is
  -- begun: the log's lines are in the order of their times.
  turn <- newMVar ()
  ending <- either broken id <$> try (unmask (converse turn))
  -- Who ends the server may come meanwhile: then it has ended all the same.
  uninterruptibleMask_ $ note ending >> (if ending == WasReset then reset else close) connection
 where
  broken :: SomeException -> Deed
  broken problem = if isJust (fromException problem :: Maybe IOException) then HungUp else WasReset

  note deed = now clock >>= (`tell` deed)

  -- The client may end its side and still be reading: only a broken connection
  -- ends the play. Where no more is to come, its side is all that is left.
  converse turn = withAsync watch $ \watching -> withAsync (play turn) $ \playing -> do
    first <- waitEither watching playing
    case first of
      Left () -> withMVar turn (const (note HalfClosed)) >> wait playing
      Right HungUp -> HungUp <$ wait watching
      Right ending -> pure ending

  -- Returns when the client has ended its side.
  watch = do
    bytes <- recv connection 4096
    unless (Bytes.null bytes) watch

  -- Gives how the connection ends; where nothing more comes, with the client's hang-up.
  play turn = perform minBound 0 (schedule slow)
   where
    perform _ _ [] = pure Closed
    perform freeSince start (Act after kind_ : rest) = do
      let due = accepted + after
      sleepUntil clock due
      case kind_ of
        Close -> pure Closed
        Reset -> pure WasReset
        Fin -> HungUp <$ (withMVar turn (const (note Finished)) >> endSide)
        Stall -> pure HungUp
        Send size -> do
          let end = start + size
          way <- send (if freeSince <= due then Just due else Nothing) start end
          case way of
            Free -> perform freeSince end rest
            Full -> now clock >>= \time -> perform time end rest
            Cut -> pure WasReset

    -- The first try is made at once; what the kernel does not take then has to wait.
    send due start end = do
      taken <- offer due start end
      if start + taken == end then pure Free else sendRest (start + taken) end

    sendRest start end
      | start == end = pure Full
      | otherwise = do
          room <- roomInTime
          if room then offer Nothing start end >>= \taken -> sendRest (start + taken) end else pure Cut

    -- Not to be torn apart: what the kernel took stands in the log.
    offer due start end = uninterruptibleMask_ $ withMVar turn $ \_ -> do
      time <- now clock
      taken <- trySend connection (Bytes.take (end - start) (Bytes.drop start (poem slow)))
      unless (taken == 0) $ tell time (Sent start (start + taken) due)
      pure taken

  -- It fails where the client has broken the connection, which reading tells.
  endSide = try (shutdown connection ShutdownSend) :: IO (Either IOException ())

  -- A reset does not wait for the client to read.
  roomInTime = case cutAt of
    Nothing -> True <$ waitForRoom connection
    Just time -> either (const True) (const False) <$> race (waitForRoom connection) (sleepUntil clock time)

  cutAt = listToMaybe [accepted + after | Act after Reset <- schedule slow]

-- | How a chunk found the way: free, full for a while, or full until a reset was due.
data Way = Free | Full | Cut
