-- |
-- A clock turned by hand, so that no test waits for time to pass.
module TurnedClock
  ( TurnedClock (..)
  , withClock
  , started
  , second
  ) where

import Control.Concurrent.STM
import Control.Exception (finally)

import Poetry.Server.Clock (Clock (..), Nanoseconds)

data TurnedClock = TurnedClock
  { clock :: Clock
  , advance :: Nanoseconds -> IO ()
  }

second :: Nanoseconds
second = 1000000000

-- | What it shows at first: it does not begin at zero.
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
  -- The last look keeps the clock alive: who sleeps on a forgotten one is woken by an exception.
  action turned `finally` readTVarIO shown
