-- |
-- A clock that the test turns by hand, so that no test has to wait for real time.
module TurnedClock
  ( TurnedClock (..)
  , withClock
  , started
  , second
  ) where

import Control.Concurrent.STM
import Control.Exception (finally)

import Poetry.Server.Clock (Clock (..), Nanoseconds)

-- | The clock, and the action that turns it forward.
data TurnedClock = TurnedClock
  { clock :: Clock
  , advance :: Nanoseconds -> IO ()
  }

second :: Nanoseconds
second = 1000000000

-- | The clock's time at the start. It is not zero.
started :: Nanoseconds
started = 1000 * second

withClock :: (TurnedClock -> IO a) -> IO a
withClock action = do
  shown <- newTVarIO started
  let turned =
        TurnedClock
          { clock =
              Clock
                { now = readTVarIO shown
                , sleepUntil = \due -> atomically (readTVar shown >>= check . (due <=))
                }
          , advance = \span_ -> atomically (modifyTVar' shown (+ span_))
          }
  -- Reading the clock at the end keeps it alive: a thread that waits for a variable that
  -- no other thread can reach gets an exception.
  action turned `finally` readTVarIO shown
