-- |
-- The clock that the servers go by: CLOCK_MONOTONIC, which is one for all
-- processes of a machine, so that a send log and another program's stamps can
-- be put side by side. A server is given its clock; tests turn one by hand.
module Poetry.Server.Clock
  ( Nanoseconds
  , Clock (..)
  , monotonic
  ) where

import Control.Concurrent (threadDelay)
import Control.Monad (when)
import GHC.Clock (getMonotonicTimeNSec)

import Poetry.Words (Nanoseconds)

data Clock = Clock
  { now :: IO Nanoseconds
  , sleepUntil :: Nanoseconds -> IO ()
  -- ^ Returns at once when that time is past.
  }

-- | The system's. GHC's count is the kernel's own, not one from the program's
-- start (tested for every version that the lab is built with).
monotonic :: Clock
monotonic = Clock {now = time, sleepUntil = sleep}
 where
  time = fromIntegral <$> getMonotonicTimeNSec
  sleep due = do
    left <- subtract <$> time <*> pure due
    when (left > 0) $ threadDelay ((left + 999) `div` 1000) >> sleep due
