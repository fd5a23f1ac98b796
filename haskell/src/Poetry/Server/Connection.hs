-- |
-- One connection of a slow server: one thread plays the poem's schedule, another reads
-- to notice what the client does.
--
-- Acts are due at absolute times, so a late act does not delay the next. If the client
-- does not read, chunks wait behind the bytes that the kernel has not taken; then they
-- have no due time in the log.
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
import Poetry.Server.SendLog (Event (..))
import Poetry.Server.Socket (reset, trySend, waitForRoom)

-- | What a server serves: a poem, and a schedule that was checked for it.
data SlowPoem = SlowPoem {poem :: ByteString, schedule :: Schedule}

-- | Serve a connection that was accepted at this time, report its events, and close it.
-- Call it with all exceptions masked; @unmask@ allows them again. An asynchronous
-- exception resets the connection: so a server ends it early.
serve :: (IO Event -> IO Event) -> Clock -> (Nanoseconds -> Event -> IO ()) -> SlowPoem -> Nanoseconds -> Socket -> IO ()
serve unmask clock report slow accepted connection = do
  -- Both threads take this lock to read the time and report an event, so that the lines
  -- of the log are in the order of their times.
  turn <- newMVar ()
  ending <- either broken id <$> try (unmask (converse turn))
  -- The exception that ends the server must not interrupt this.
  uninterruptibleMask_ $ note ending >> (if ending == WasReset then reset else close) connection
 where
  broken :: SomeException -> Event
  broken problem = if isJust (fromException problem :: Maybe IOException) then HungUp else WasReset

  note event = now clock >>= (`report` event)

  -- A client that ends its side may still be reading, so the schedule goes on; only a
  -- broken connection stops it. After a stall or a fin only the client's side is left:
  -- wait for its end.
  converse turn = withAsync watch $ \watching -> withAsync (play turn) $ \playing -> do
    first <- waitEither watching playing
    case first of
      Left () -> withMVar turn (const (note HalfClosed)) >> wait playing
      Right HungUp -> HungUp <$ wait watching
      Right ending -> pure ending

  -- Returns when the client has ended its side, throws if it breaks the connection.
  watch = do
    bytes <- recv connection 4096
    unless (Bytes.null bytes) watch

  -- Returns how the connection ends: after a stall or a fin, by the client's hang-up.
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

    -- The first attempt is made at once. The bytes that the kernel does not take wait.
    send due start end = do
      taken <- offer due start end
      if start + taken == end then pure Free else sendRest (start + taken) end

    sendRest start end
      | start == end = pure Full
      | otherwise = do
          room <- roomInTime
          if room then offer Nothing start end >>= \taken -> sendRest (start + taken) end else pure Cut

    -- Not interruptible: all bytes that the kernel took must be in the log.
    offer due start end = uninterruptibleMask_ $ withMVar turn $ \_ -> do
      time <- now clock
      taken <- trySend connection (Bytes.take (end - start) (Bytes.drop start (poem slow)))
      unless (taken == 0) $ report time (Sent start (start + taken) due)
      pure taken

  -- This fails if the client has broken the connection; the reading thread notices that.
  endSide = try (shutdown connection ShutdownSend) :: IO (Either IOException ())

  -- A reset does not wait until the client reads.
  roomInTime = case cutAt of
    Nothing -> True <$ waitForRoom connection
    Just time -> either (const True) (const False) <$> race (waitForRoom connection) (sleepUntil clock time)

  cutAt = listToMaybe [accepted + after | Act after Reset <- schedule slow]

-- | How sending a chunk went: it was taken at once, it had to wait for the client to
-- read, or it still waited when a reset was due.
data Way = Free | Full | Cut
