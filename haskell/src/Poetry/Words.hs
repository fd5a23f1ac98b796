{-# LANGUAGE OverloadedStrings #-}

-- |
-- The words of command lines and playbills: numbers read from them, trouble
-- told in them.
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
import GHC.IO.Exception (ioe_description, ioe_errno)
import System.IO.Error (isDoesNotExistError)

-- | Why something cannot be done, in one line for the user.
newtype Trouble = Trouble ByteString
  deriving (Eq, Show)

instance Exception Trouble

-- | Do it; the system's refusal becomes a 'Trouble' that says first what could not be done.
orTrouble :: ByteString -> IO a -> IO a
orTrouble what action = action `catch` \problem -> throwIO (Trouble (what <> ": " <> reason problem))
 where
  reason :: IOException -> ByteString
  reason problem
    | isDoesNotExistError problem && ioe_errno problem == Nothing = "unknown host"
    | otherwise = Bytes.pack (capital (ioe_description problem))
  -- The system's words have one; the runtime's own have none.
  capital words_ = map toUpper (take 1 words_) ++ drop 1 words_

-- | A user's words as a message quotes them: in one line, whatever is in them.
quoted :: ByteString -> ByteString
quoted text = "'" <> Bytes.concatMap visible text <> "'"
 where
  visible char
    | char <= '\DEL' && isControl char = Bytes.pack (init (drop 1 (show [char])))
    | otherwise = Bytes.singleton char

-- | A whole number within bounds, in digits alone.
number :: Integer -> Integer -> ByteString -> Maybe Int
number least most digits = do
  guard (not (Bytes.null digits) && Bytes.all isDigit digits)
  (value, _) <- Bytes.readInteger digits
  guard (least <= value && value <= most)
  pure (fromInteger value)

-- | A point of time or a span of it; 64 bits last for centuries.
type Nanoseconds = Int

-- | Seconds up to a most, in digits with or without a decimal point.
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

-- | Seconds with so many decimals (up to 9), rounded.
showSeconds :: Int -> Nanoseconds -> ByteString
showSeconds decimals time = whole <> "." <> Bytes.replicate (decimals - Bytes.length part) '0' <> part
 where
  unit = 10 ^ (9 - decimals)
  (before, after) = ((time + unit `div` 2) `div` unit) `divMod` (10 ^ decimals)
  (whole, part) = (Bytes.pack (show before), Bytes.pack (show after))
