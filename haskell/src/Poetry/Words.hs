{-# LANGUAGE OverloadedStrings #-}

-- |
-- Text of command lines, playbills and messages: reading numbers, quoting, and
-- reporting errors.
module Poetry.Words
  ( Trouble (..)
  , orTrouble
  , quoted
  , number
  , Nanoseconds
  , seconds
  , showSeconds
  ) where

import Control.Exception (Exception, IOException, catch, throwIO)
import Control.Monad (guard)
import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes
import Data.Char (isControl, isDigit, toUpper)
import Data.Maybe (isNothing)
import GHC.IO.Exception (ioe_description, ioe_errno)
import System.IO.Error (isDoesNotExistError)

-- | Why something cannot be done: one line for the user.
newtype Trouble = Trouble ByteString
  deriving (Eq, Show)

instance Exception Trouble

-- | Run an action. An 'IOException' becomes a 'Trouble' whose message begins with what
-- could not be done.
orTrouble :: ByteString -> IO a -> IO a
orTrouble what action = action `catch` \problem -> throwIO (Trouble (what <> ": " <> reason problem))
 where
  reason :: IOException -> ByteString
  reason problem
    | isDoesNotExistError problem && isNothing (ioe_errno problem) = "unknown host"
    | otherwise = Bytes.pack (capital (ioe_description problem))
  -- Messages of the system begin with a capital letter, those of the runtime do not.
  capital words_ = map toUpper (take 1 words_) ++ drop 1 words_

-- | Text in quotation marks, with control characters escaped: so a message stays on
-- one line.
quoted :: ByteString -> ByteString
quoted text = "'" <> Bytes.concatMap visible text <> "'"
 where
  visible char
    | char <= '\DEL' && isControl char = Bytes.pack (init (drop 1 (show [char])))
    | otherwise = Bytes.singleton char

-- | A whole number between two bounds, written in digits only.
number :: Integer -> Integer -> ByteString -> Maybe Int
number least most digits = do
  guard (not (Bytes.null digits) && Bytes.all isDigit digits)
  (value, _) <- Bytes.readInteger digits
  guard (least <= value && value <= most)
  pure (fromInteger value)

-- | A time or a duration. 64 bits are enough for centuries.
type Nanoseconds = Int

-- | A number of seconds up to a maximum, in digits with or without a decimal point.
seconds :: Integer -> ByteString -> Maybe Nanoseconds
seconds most text = do
  whole <- number 0 most before
  part <- case Bytes.uncons after of
    Nothing -> Just 0
    Just (_, digits) -> number 0 (10 ^ (9 :: Int)) (Bytes.take 9 (digits <> zeros)) <* guard (fraction digits)
  let span_ = whole * 1000000000 + part
  span_ <$ guard (toInteger span_ <= most * 1000000000)
 where
  (before, after) = Bytes.break (== '.') text
  fraction digits = not (Bytes.null digits) && Bytes.all isDigit digits
  zeros = Bytes.replicate 9 '0'

-- | A time in seconds, rounded to so many decimals (0 to 9).
showSeconds :: Int -> Nanoseconds -> ByteString
showSeconds decimals time = whole <> "." <> Bytes.replicate (decimals - Bytes.length part) '0' <> part
 where
  unit = 10 ^ (9 - decimals)
  (before, after) = ((time + unit `div` 2) `div` unit) `divMod` (10 ^ decimals)
  (whole, part) = (Bytes.pack (show before), Bytes.pack (show after))
