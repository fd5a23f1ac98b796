{-# LANGUAGE OverloadedStrings #-}

-- |
-- A schedule: all that a slow server does on one connection, as acts, each at a time
-- after the accept (the slow server of seed part 21 sends some bytes, sleeps, and sends
-- the next). Only the last act does not send: it ends the connection, or waits for the
-- client to end it.
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

-- | One thing that a server does, at a time after the accept.
data Act = Act {at :: Nanoseconds, kind :: Kind}
  deriving (Eq, Show)

-- | Send so many bytes; reset the connection; close it; close only the server's side;
-- or send nothing more and keep the connection open until the client ends it.
data Kind = Send Int | Reset | Close | Fin | Stall
  deriving (Eq, Show)

-- | Send a poem of so many bytes in chunks of @numBytes@, with a pause of @delay@
-- before each, and close after the last.
even :: Int -> Nanoseconds -> Int -> Schedule
even numBytes delay size = zipWith Act times (map Send chunks) ++ [Act (delay * length chunks) Close]
 where
  times = map (* delay) [1 ..]
  chunks = [min numBytes (size - start) | start <- [0, numBytes .. size - 1]]

-- | Check that these acts are a schedule for a poem of so many bytes. An error says why
-- they are not.
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

-- | Parse one act: @SECONDS send BYTES@, or @SECONDS@ and @close@, @fin@, @reset@ or
-- @stall@.
parseAct :: ByteString -> Either ByteString Act
parseAct line = maybe (Left wrong) Right $ case Bytes.words line of
  [time, "send", count] -> Act <$> seconds most time <*> (Send <$> number 1 most count)
  [time, word] -> Act <$> seconds most time <*> lookup word endings
  _ -> Nothing
 where
  most = 1000000000
  endings = [("close", Close), ("fin", Fin), ("reset", Reset), ("stall", Stall)]
  wrong =
    "not an act of a schedule: "
      <> quoted line
      <> " (wanted 'SECONDS send BYTES', or 'SECONDS' and 'close', 'fin', 'reset' or 'stall')"
