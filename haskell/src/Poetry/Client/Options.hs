{-# LANGUAGE OverloadedStrings #-}

-- |
-- The command line of a client.
module Poetry.Client.Options
  ( Options (..)
  , parse
  , usage
  ) where

import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes
import Data.Maybe (listToMaybe)
import System.Console.GetOpt

import Poetry.Address (Address)
import qualified Poetry.Address as Address
import Poetry.Client.Connection (Limit)
import Poetry.Words (quoted, seconds)

-- | How long to wait, and for which addresses, task 1 first.
data Options = Options {limit :: Limit, addresses :: [Address]}
  deriving (Eq, Show)

-- | The options of a command line, or what is wrong with it. Its characters are
-- bytes. If @--timeout@ is given several times, the last one counts.
parse :: [String] -> Either ByteString Options
parse arguments = case getOpt Permute known arguments of
  (_, _, problem : _) -> Left (Bytes.pack (concat (take 1 (lines problem))))
  (given, others, []) -> do
    limits <- sequence given
    Options (listToMaybe (reverse limits)) <$> Address.parseAll (map Bytes.pack others)
 where
  known = [Option "" ["timeout"] (ReqArg (timeLimit . Bytes.pack) "SECONDS") ""]
  timeLimit word = case seconds 3600 word of
    Just value | value > 0 -> Right value
    _ -> Left ("argument --timeout: " <> quoted word <> " is not a number of seconds above 0 and at most 3600")

-- | The part of the usage line after the program's name.
usage :: ByteString
usage = "[--timeout SECONDS] [host:]port ..."
