-- |
-- The clock of the servers: CLOCK_MONOTONIC. All processes of a machine share it, so
-- the times in a send log can be compared with those of other programs. A server gets
-- its clock as an argument, so that tests can use a clock that they turn by hand.
module Poetry.Server.Clock
  ( Nanoseconds
  , Clock (..)
  , monotonic
  ) where

import Control.Concurrent (threadDelay)
import Control.Monad (when)
import GHC.Clock (getMonotonicTimeNSec)

import Poetry.Words (Nanoseconds)

-- | A clock, and a way to wait by it.
data Clock = Clock
  { now :: IO Nanoseconds
  , sleepUntil :: Nanoseconds -> IO ()
  -- ^ Returns at once if that time is past.
  }

-- | The system's clock. In all versions of GHC that the lab is built with, the count
-- is the kernel's and does not start with the program; a test checks that.
monotonic :: Clock
monotonic = Clock {now = time, sleepUntil = sleep}
 where
  time = fromIntegral <$> getMonotonicTimeNSec
  sleep due = do
    left <- subtract <$> time <*> pure due
    when (left > 0) $ threadDelay ((left + 999) `div` 1000) >> sleep due
