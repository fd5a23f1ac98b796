-- |
-- Observes a client: all its output becomes a sequence of events. A test waits for them
-- one by one, or for all of them at the end.
module Witness
  ( Event (..)
  , watching
  , allEvents
  , watched
  ) where

import Control.Concurrent.Async (link, withAsync)
import Control.Concurrent.Chan (newChan, readChan, writeChan)
import Data.ByteString (ByteString)

import Poetry.Address (Address)
import Poetry.Client (Output (..))

-- | A line on stderr, bytes on stdout, or the client's end with whether all poems came
-- whole.
data Event = Said ByteString | Recited ByteString | Finished Bool
  deriving (Eq, Show)

type Client = Output -> [Address] -> IO Bool

-- | Start a client. The test gets an action that waits for the next event.
watching :: Client -> [Address] -> (IO Event -> IO a) -> IO a
watching getPoetry addresses test = do
  events <- newChan
  let output = Output {say = writeChan events . Said, recite = writeChan events . Recited}
  withAsync (getPoetry output addresses >>= writeChan events . Finished) $ \client -> do
    link client
    test (readChan events)

-- | All events that have not been taken yet, up to the client's end.
allEvents :: IO Event -> IO [Event]
allEvents next = do
  event <- next
  case event of
    Finished _ -> pure [event]
    _ -> (event :) <$> allEvents next

-- | All events of a client, from start to end.
watched :: Client -> [Address] -> IO [Event]
watched getPoetry addresses = watching getPoetry addresses allEvents
