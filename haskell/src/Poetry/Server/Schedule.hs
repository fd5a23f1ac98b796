{-# LANGUAGE OverloadedStrings #-}

-- |
-- A schedule: all that a slow server does on one connection, as acts at times
-- after its accept (seed part 21, whose slow server sends some bytes, sleeps
-- and sends the next). The last act, and no other, ends the connection or
-- leaves that to the client.
module Poetry.Server.Schedule
  ( Schedule
  , Act (..)
  , Kind (..)
  , even
  , check
  , parseAct
  ) where

import Prelude hiding (even)

import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes

import Poetry.Server.Clock (Nanoseconds)
import Poetry.Words (number, quoted, seconds)

-- | Acts in the order of their times.
type Schedule = [Act]

-- | One thing a server does, so long after the accept.
data Act = Act {at :: Nanoseconds, kind :: Kind}
  deriving (Eq, Show)

-- | Send so many bytes, break the connection off, end it, end the server's own
-- side alone, or keep it and be silent for as long as the client stays.
data Kind = Send Int | Reset | Close | Fin | Stall
  deriving (Eq, Show)

-- | Send a poem of so many bytes in chunks of @numBytes@, a pause of @delay@
-- before each, and close after the last.
even :: Int -> Nanoseconds -> Int -> Schedule
even numBytes delay size = zipWith Act times (map Send chunks) ++ [Act (delay * length chunks) Close]
 where
  times = map (* delay) [1 ..]
  chunks = [min numBytes (size - start) | start <- [0, numBytes .. size - 1]]

-- | The schedule that these acts make for a poem of so many bytes, or why they make none.
check :: Int -> [Act] -> Either ByteString Schedule
check size acts
  | null acts || not (ending (last acts)) = Left "a schedule must end with 'close', 'fin', 'reset' or 'stall'"
  | any ending (init acts) = Left "nothing can follow a 'close', a 'fin', a 'reset' or a 'stall'"
  | or (zipWith (>) times (drop 1 times)) = Left "the times of a schedule must not go back"
  | sent > size = Left ("the schedule sends " <> decimal sent <> " bytes of a poem of " <> decimal size)
  | otherwise = Right acts
 where
  ending act = kind act `elem` [Reset, Close, Fin, Stall]
  times = map at acts
  sent = sum [count | Act _ (Send count) <- acts]
  decimal = Bytes.pack . show

-- | Read an act: @SECONDS send BYTES@, or @SECONDS@ with @close@, @fin@, @reset@ or @stall@.
parseAct :: ByteString -> Either ByteString Act
parseAct line = maybe (Left wrong) Right $ case Bytes.words line of
  [time, "send", count] -> Act <$> seconds forever time <*> (Send <$> number 1 forever count)
  [time, "reset"] -> (`Act` Reset) <$> seconds forever time
  [time, "close"] -> (`Act` Close) <$> seconds forever time
  [time, "fin"] -> (`Act` Fin) <$> seconds forever time
  [time, "stall"] -> (`Act` Stall) <$> seconds forever time
  _ -> Nothing
 where
  forever = 1000000000
  wrong =
    "not an act of a schedule: "
      <> quoted line
      <> " (wanted 'SECONDS send BYTES', or 'SECONDS' and 'close', 'fin', 'reset' or 'stall')"
