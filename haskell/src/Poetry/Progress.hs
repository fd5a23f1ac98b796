{-# LANGUAGE OverloadedStrings #-}

-- |
-- Progress lines and failure lines of the client contract. The announcing client
-- prints one progress line per line of the poem (seed part 21).
--
-- The functions are pure, and their lines have no newline: the writer adds it.
module Poetry.Progress
  ( got
  , failed
  , lineLengths
  ) where

import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes
import qualified Data.ByteString.Lazy.Char8 as Lazy
import Data.Int (Int64)

import Poetry.Address (Address)
import qualified Poetry.Address as Address

-- | The progress line of task N for so many bytes.
got :: Int -> Int64 -> Address -> ByteString
got task count address =
  label task <> "got " <> Bytes.pack (show count) <> " bytes of poetry from " <> Address.format address

-- | The failure line of task N, with the reason in plain words.
failed :: Int -> ByteString -> Address -> ByteString
failed task why address =
  label task <> "failed: " <> why <> " (" <> Address.format address <> ")"

label :: Int -> ByteString
label task = "Task " <> Bytes.pack (show task) <> ": "

-- | The length in bytes of each line of a poem, including its newline. The last line
-- may have none. The list is lazy: each length is available as soon as its line has
-- come, and at the end of the list all of the poem has been read.
lineLengths :: Lazy.ByteString -> [Int64]
lineLengths poem
  | Lazy.null poem = []
  | otherwise = case Lazy.elemIndex '\n' poem of
      Nothing -> [Lazy.length poem]
      Just newline -> newline + 1 : lineLengths (Lazy.drop (newline + 1) poem)
